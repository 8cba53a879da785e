using Farback.Cells;

namespace Farback.Tiles;

/// <summary>G += Σ_n δ_n u_nᵀ: the gradient of a weight matrix, n over every step and lane of a run.</summary>
/// <remarks>
///   A tile holds some rows of G (numbers of δ, one in every lane) times two or three registers of its columns (numbers of u), so that
///   what it leaves lies as G does. n goes in blocks, for which u is copied column group by column group into the second cache: rows
///   of u that lie a power of two apart would push each other out of the first. δ is read where it lies, once. The larger a block of n,
///   the less often G travels.
/// </remarks>
[SkipLocalsInit]
internal sealed unsafe class OuterProduct<V, T>
    where V : struct, INumbers<V>
    where T : unmanaged
{
    private readonly NativeBlock<T> _packed;
    private readonly int _columns;
    private readonly int _depth;

    /// <summary>For a matrix of that many columns.</summary>
    public OuterProduct(int columns)
    {
        _columns = columns;
        int padded = (columns + V.Lanes - 1) / V.Lanes * V.Lanes;
        _depth = Math.Clamp(320 * 1024 / (padded * sizeof(T)), 64, 512);
        _packed = new((long)_depth * padded);
    }

    /// <summary>Adds the product to G.</summary>
    /// <param name="δ">The first number of the first slot.</param>
    /// <param name="fields">Numbers from one slot to the next.</param>
    /// <param name="blockStride">Numbers from one block of units to the next.</param>
    /// <param name="blocks">Blocks of units.</param>
    /// <param name="u">The first number of the first row.</param>
    /// <param name="stride">Numbers from one row to the next.</param>
    /// <param name="count">How many n.</param>
    /// <param name="rows">The row of G that each number of a block's slot belongs to, [block][number]; −1 for none.</param>
    /// <param name="gradient">G.</param>
    public void Add(T* δ, long fields, long blockStride, int blocks, T* u, long stride, long count, int[] rows, Span<T> gradient)
    {
        for (long n = 0; n < count; n += _depth)
        {
            int depth = (int)Math.Min(_depth, count - n);
            for (int j = 0, width; j < _columns; j += width)
            {
                int registers = Registers(j, out width);
                T* from = u + n * stride + j,
                    to = _packed.Pointer + (long)j * depth;
                if (registers == 1)
                    Pack<Sums1<V>>(from, stride, depth, width, to);
                else if (registers == 2)
                    Pack<Sums2<V>>(from, stride, depth, width, to);
                else
                    Pack<Sums3<V>>(from, stride, depth, width, to);
            }
            for (int block = 0; block < blocks; block++)
                Block(δ + n * fields + block * blockStride, fields, depth, rows.AsSpan(rows.Length / blocks * block, rows.Length / blocks), gradient);
        }
    }

    // how many registers of columns a tile takes that begins at column j
    private int Registers(int j, out int width)
    {
        int registers = Math.Min(ManyRegisters ? 2 : 3, (_columns - j + V.Lanes - 1) / V.Lanes);
        width = Math.Min(registers * V.Lanes, _columns - j);
        return registers;
    }

    // what lies beyond the last column is zero
    [MethodImpl(Compiled)]
    private static void Pack<TColumns>(T* u, long stride, int depth, int width, T* to)
        where TColumns : struct
    {
        ref TColumns row = ref Unsafe.AsRef<TColumns>(to);
        bool whole = width * sizeof(T) == Unsafe.SizeOf<TColumns>();
        for (int n = 0; n < depth; n++, u += stride)
        {
            if (whole)
            {
                row = Unsafe.AsRef<TColumns>(u);
            }
            else
            {
                row = default;
                for (int i = 0; i < width; i++)
                    Unsafe.Add(ref Unsafe.As<TColumns, T>(ref row), i) = u[i];
            }
            row = ref Unsafe.Add(ref row, 1);
        }
    }

    private void Block(T* δ, long fields, int depth, ReadOnlySpan<int> rows, Span<T> gradient)
    {
        int row = 0;
        if (ManyRegisters)
            for (; row + 8 <= rows.Length; row += 8)
                Rows8(δ + row, fields, depth, rows.Slice(row, 8), gradient);
        for (; row + 4 <= rows.Length; row += 4)
            Rows4(δ + row, fields, depth, rows.Slice(row, 4), gradient);
        for (; row < rows.Length; row++)
            Rows1(δ + row, fields, depth, rows.Slice(row, 1), gradient);
    }

    [MethodImpl(Compiled)]
    private void Rows8(T* δ, long fields, int depth, ReadOnlySpan<int> rows, Span<T> gradient)
    {
        if (!rows.ContainsAnyExcept(-1))
            return;
        for (int j = 0, width; j < _columns; j += width)
        {
            if (Registers(j, out width) == 1)
                One<Twice<Twice<Twice<Row<Sums1<V>, Sums1<V>, V>, Sums1<V>, Sums1<V>, V>, Sums1<V>, Sums1<V>, V>, Sums1<V>, Sums1<V>, V>, Sums1<V>>(
                    δ,
                    fields,
                    depth,
                    rows,
                    gradient,
                    j,
                    width
                );
            else
                One<Twice<Twice<Twice<Row<Sums2<V>, Sums2<V>, V>, Sums2<V>, Sums2<V>, V>, Sums2<V>, Sums2<V>, V>, Sums2<V>, Sums2<V>, V>, Sums2<V>>(
                    δ,
                    fields,
                    depth,
                    rows,
                    gradient,
                    j,
                    width
                );
        }
    }

    [MethodImpl(Compiled)]
    private void Rows4(T* δ, long fields, int depth, ReadOnlySpan<int> rows, Span<T> gradient)
    {
        if (!rows.ContainsAnyExcept(-1))
            return;
        for (int j = 0, width; j < _columns; j += width)
        {
            int registers = Registers(j, out width);
            if (registers == 1)
                One<Twice<Twice<Row<Sums1<V>, Sums1<V>, V>, Sums1<V>, Sums1<V>, V>, Sums1<V>, Sums1<V>, V>, Sums1<V>>(
                    δ,
                    fields,
                    depth,
                    rows,
                    gradient,
                    j,
                    width
                );
            else if (registers == 2)
                One<Twice<Twice<Row<Sums2<V>, Sums2<V>, V>, Sums2<V>, Sums2<V>, V>, Sums2<V>, Sums2<V>, V>, Sums2<V>>(
                    δ,
                    fields,
                    depth,
                    rows,
                    gradient,
                    j,
                    width
                );
            else
                One<Twice<Twice<Row<Sums3<V>, Sums3<V>, V>, Sums3<V>, Sums3<V>, V>, Sums3<V>, Sums3<V>, V>, Sums3<V>>(
                    δ,
                    fields,
                    depth,
                    rows,
                    gradient,
                    j,
                    width
                );
        }
    }

    [MethodImpl(Compiled)]
    private void Rows1(T* δ, long fields, int depth, ReadOnlySpan<int> rows, Span<T> gradient)
    {
        if (rows[0] < 0)
            return;
        for (int j = 0, width; j < _columns; j += width)
        {
            int registers = Registers(j, out width);
            if (registers == 1)
                One<Row<Sums1<V>, Sums1<V>, V>, Sums1<V>>(δ, fields, depth, rows, gradient, j, width);
            else if (registers == 2)
                One<Row<Sums2<V>, Sums2<V>, V>, Sums2<V>>(δ, fields, depth, rows, gradient, j, width);
            else
                One<Row<Sums3<V>, Sums3<V>, V>, Sums3<V>>(δ, fields, depth, rows, gradient, j, width);
        }
    }

    [MethodImpl(Inline)]
    private void One<TRows, TColumns>(T* δ, long fields, int depth, ReadOnlySpan<int> rows, Span<T> gradient, int j, int width)
        where TRows : struct, IRows<TRows, TColumns, TColumns, V>
        where TColumns : struct, ISums<TColumns, TColumns, V>
    {
        foreach (int row in rows)
            if (row >= 0)
                Fetch(ref gradient[row * _columns + j], width); // G is larger than the near caches: it comes while the tile computes
        Unsafe.SkipInit(out TRows sums);
        Tile<V>.Outer<TRows, TColumns>(
            ref Unsafe.AsRef<V>(δ),
            depth,
            (nint)fields,
            ref Unsafe.AsRef<TColumns>(_packed.Pointer + (long)j * depth),
            ref sums
        );
        ref V sum = ref Unsafe.As<TRows, V>(ref sums);
        foreach (int row in rows)
        {
            if (row >= 0)
                Add(ref sum, gradient.Slice(row * _columns + j, width));
            sum = ref Unsafe.Add(ref sum, Unsafe.SizeOf<TColumns>() / Unsafe.SizeOf<V>());
        }
    }

    [MethodImpl(Inline)]
    private static void Add(ref V sum, Span<T> gradient)
    {
        ref T to = ref MemoryMarshal.GetReference(gradient);
        int i = 0;
        for (; i + V.Lanes <= gradient.Length; i += V.Lanes)
        {
            ref V at = ref Unsafe.As<T, V>(ref Unsafe.Add(ref to, i));
            at += sum;
            sum = ref Unsafe.Add(ref sum, 1);
        }
        ref T rest = ref Unsafe.As<V, T>(ref sum);
        for (int lane = 0; i < gradient.Length; i++, lane++)
            gradient[i] = Real.From<T>(Real.ToDouble(gradient[i]) + Real.ToDouble(Unsafe.Add(ref rest, lane)));
    }
}
