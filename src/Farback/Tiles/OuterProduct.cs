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
    private readonly NativeBlock<T>?[] _packed; // of each part of G that is made apart, by its first block: threads share nothing
    private readonly long _size;
    private readonly int _columns,
        _whole, // the columns that fill the tiles
        _depth;

    /// <summary>For a matrix of that many columns and blocks of units.</summary>
    public OuterProduct(int columns, int blocks)
    {
        _columns = columns;
        _whole = columns / ((ManyRegisters ? 2 : 3) * V.Lanes) * ((ManyRegisters ? 2 : 3) * V.Lanes);
        int padded = (columns + V.Lanes - 1) / V.Lanes * V.Lanes;
        _depth = Math.Clamp(640 * 1024 / (padded * sizeof(T)), 64, 512);
        _size = (long)_depth * padded;
        _packed = new NativeBlock<T>?[blocks];
    }

    /// <summary>Adds the product to G.</summary>
    /// <param name="δ">The first number of the first slot.</param>
    /// <param name="fields">Numbers from one slot to the next.</param>
    /// <param name="blockStride">Numbers from one block of units to the next.</param>
    /// <param name="gates">The block of H rows of G that each register of a slot belongs to.</param>
    /// <param name="units">H.</param>
    /// <param name="u">The first number of the first row.</param>
    /// <param name="stride">Numbers from one row to the next.</param>
    /// <param name="count">How many n.</param>
    /// <param name="gradient">G.</param>
    /// <param name="first">The first unit whose rows are made; at the start of a block.</param>
    /// <param name="last">The unit after the last.</param>
    public void Add(
        T* δ,
        long fields,
        long blockStride,
        int[] gates,
        int units,
        T* u,
        long stride,
        long count,
        Span<T> gradient,
        int first,
        int last
    )
    {
        if (first >= last)
            return;
        T* packed = (_packed[first / V.Lanes] ??= new(_size + _depth * V.Lanes)).Pointer;
        for (long n = 0; n < count; n += _depth)
        {
            int depth = (int)Math.Min(_depth, count - n);
            Pack(packed, u + n * stride, stride, depth);
            for (int unit = first; unit < last; unit += V.Lanes)
            {
                for (int slot = 0; slot < gates.Length; slot++)
                {
                    T* from = δ + n * fields + unit / V.Lanes * blockStride + slot * V.Lanes;
                    bool apart = fields > V.Lanes && _columns >= 16 * V.Lanes;
                    from = apart ? Together(from, fields, packed + _size, depth) : from;
                    long step = apart ? V.Lanes : fields;
                    Span<T> rows = gradient.Slice((gates[slot] * units + unit) * _columns, Math.Min(V.Lanes, units - unit) * _columns);
                    if (ManyRegisters)
                        Strips<Sums2<V>>(packed, from, step, depth, rows, 0, _whole);
                    else
                        Strips<Sums3<V>>(packed, from, step, depth, rows, 0, _whole);
                    if (_columns - _whole > V.Lanes)
                        Strips<Sums2<V>>(packed, from, step, depth, rows, _whole, _columns);
                    else
                        Strips<Sums1<V>>(packed, from, step, depth, rows, _whole, _columns);
                }
            }
        }
    }

    // one register of every slot, side by side: apart they fall into few of the first cache's sets. It pays where G is wide
    [MethodImpl(Compiled)]
    private static T* Together(T* δ, long fields, T* together, int depth)
    {
        for (int n = 0; n < depth; n++, δ += fields)
            Unsafe.AsRef<V>(together + n * V.Lanes) = Unsafe.AsRef<V>(δ);
        return together;
    }

    private void Pack(T* packed, T* u, long stride, int depth)
    {
        if (ManyRegisters)
            Pack<Sums2<V>>(packed, u, stride, depth, 0, _whole);
        else
            Pack<Sums3<V>>(packed, u, stride, depth, 0, _whole);
        if (_columns - _whole > V.Lanes)
            Pack<Sums2<V>>(packed, u, stride, depth, _whole, _columns);
        else
            Pack<Sums1<V>>(packed, u, stride, depth, _whole, _columns);
    }

    // what lies beyond the last column is zero
    [MethodImpl(Compiled)]
    private static void Pack<TColumns>(T* packed, T* u, long stride, int depth, int from, int to)
        where TColumns : struct
    {
        int wide = Unsafe.SizeOf<TColumns>() / sizeof(T);
        for (int j = from; j < to; j += wide)
        {
            T* at = u + j;
            ref TColumns row = ref Unsafe.AsRef<TColumns>(packed + (long)j * depth);
            for (int n = 0; n < depth; n++, at += stride)
            {
                if (j + wide <= to)
                {
                    row = Unsafe.AsRef<TColumns>(at);
                }
                else
                {
                    row = default;
                    for (int i = 0; i < to - j; i++)
                        Unsafe.Add(ref Unsafe.As<TColumns, T>(ref row), i) = at[i];
                }
                row = ref Unsafe.Add(ref row, 1);
            }
        }
    }

    private void Strips<TColumns>(T* packed, T* δ, long fields, int depth, Span<T> rows, int from, int to)
        where TColumns : struct, ISums<TColumns, TColumns, V>
    {
        if (from == to)
            return;
        var strips = new StripUser<TColumns>
        {
            Product = this,
            Packed = packed,
            Delta = δ,
            Fields = fields,
            Depth = depth,
            Rows = rows,
            From = from,
            To = to,
        };
        Tiling<TColumns, TColumns, V>.Of(rows.Length / _columns, ref strips);
    }

    private ref struct StripUser<TColumns> : ITileUser<TColumns, TColumns, V>
        where TColumns : struct, ISums<TColumns, TColumns, V>
    {
        public OuterProduct<V, T> Product;
        public T* Packed,
            Delta;
        public long Fields;
        public int Depth,
            From,
            To;
        public Span<T> Rows;

        public readonly void Use<TRows>(int first, int many)
            where TRows : struct, IRows<TRows, TColumns, TColumns, V>
        {
            int columns = Product._columns;
            Product.Strip<TRows, TColumns>(Packed, Delta + first, Fields, Depth, Rows.Slice(first * columns, many * columns), From, To);
        }
    }

    // some rows of G from a column to a column
    [MethodImpl(Compiled)]
    private void Strip<TRows, TColumns>(T* packed, T* δ, long fields, int depth, Span<T> rows, int from, int to)
        where TRows : struct, IRows<TRows, TColumns, TColumns, V>
        where TColumns : struct, ISums<TColumns, TColumns, V>
    {
        Unsafe.SkipInit(out OnLine<TRows> local);
        ref TRows sums = ref OnLine<TRows>.In(ref local);
        int wide = Unsafe.SizeOf<TColumns>() / sizeof(T);
        for (int j = from; j < to; j += wide)
        {
            int width = Math.Min(wide, to - j);
            for (int row = j; row < rows.Length; row += _columns)
                Fetch(ref rows[row], width); // G is larger than the near caches: it comes while the tile computes
            Tile<V>.Outer<TRows, TColumns>(
                ref Unsafe.AsRef<V>(δ),
                depth,
                (nint)fields,
                ref Unsafe.AsRef<TColumns>(packed + (long)j * depth),
                ref sums
            );
            ref TColumns sum = ref Unsafe.As<TRows, TColumns>(ref sums);
            for (int row = j; row < rows.Length; row += _columns)
            {
                Add(ref Unsafe.As<TColumns, V>(ref sum), rows.Slice(row, width));
                sum = ref Unsafe.Add(ref sum, 1);
            }
        }
    }

    /// <summary>Adds registers to as many numbers as there are: whole ones, then the numbers of one.</summary>
    [MethodImpl(Inline)]
    public static void Add(ref V sum, Span<T> gradient)
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
