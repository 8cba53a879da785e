using Farback.Adjoints;
using Farback.Networks;

namespace Farback.Gradients;

/// <summary>Norms and shares of the embedding: G[t,k] has a row for every word read at k, the sum of the lanes that read it.</summary>
internal sealed class WordReader<T>
    where T : unmanaged
{
    private const int Nothing = int.MinValue / 2; // the power of two of a lane whose adjoint is zero

    private readonly GradientMap _map;
    private readonly Trace<T> _trace;
    private readonly Parameters<T> _gradient;
    private readonly MapSeries _series;
    private readonly double[] _adjoints; // [lane][number]
    private readonly int[] _exponents;
    private readonly bool[] _present;
    private readonly int _size;
    private readonly double _square,
        _gradientSquare;
    private int _time = -1,
        _loss = -1;

    public WordReader(GradientMap map, Trace<T> trace, Parameters<T> gradient)
    {
        (_map, _trace, _gradient) = (map, trace, gradient);
        Block block = trace.Model.Network.Blocks[0];
        _series = map[block.Name];
        _size = block.Columns;
        _adjoints = new double[trace.Lanes * _size];
        _exponents = new int[trace.Lanes];
        _present = new bool[trace.Lanes];
        _square = Euclidean.Square<T>(gradient[block]);
        _gradientSquare = Euclidean.Square<T>(gradient.Values);
    }

    public RowPlan Plan { get; set; } = null!;

    public void Read(int time, int row, ReadOnlySpan<T> adjoint, int exponent)
    {
        if ((time, Plan.LossTime[row]) != (_time, _loss))
        {
            Flush();
            (_time, _loss) = (time, Plan.LossTime[row]);
        }
        int lane = Plan.Lane[row];
        if (!_trace.IsValid(time, lane))
            return;
        _present[lane] = true;
        double largest = 0;
        for (int i = 0; i < _size; i++)
            largest = Math.Max(largest, Math.Abs(_adjoints[lane * _size + i] = Real.ToDouble(adjoint[i])));
        // lanes meet at the power of two of their numbers, not of λ, of which a dead unit may leave nothing
        int own = largest > 0 && double.IsFinite(largest) ? Math.ILogB(largest) : 0;
        _exponents[lane] = largest == 0 ? Nothing : exponent + own;
        for (int i = 0; i < _size && own != 0; i++)
            _adjoints[lane * _size + i] = Math.ScaleB(_adjoints[lane * _size + i], -own);
    }

    /// <summary>Closes the entry whose lanes have been read.</summary>
    public void Flush()
    {
        if (_time >= 0 && _present.Contains(true))
            Store();
        Array.Clear(_present);
        (_time, _loss) = (-1, -1);
    }

    private void Store()
    {
        int power = Nothing;
        for (int b = 0; b < _present.Length; b++)
            if (_present[b])
                power = Math.Max(power, _exponents[b]);
        power = power == Nothing ? 0 : power;
        double square = 0,
            lanes = 0,
            share = 0;
        Block block = _trace.Model.Network.Blocks[0];
        for (int b = 0; b < _present.Length; b++)
        {
            if (!_present[b])
                continue;
            int word = Word(b);
            double scale = Math.ScaleB(1, Math.Max(_exponents[b] - power, -2000));
            Span<T> g = _gradient[block].Slice(word * _size, _size);
            for (int i = 0; i < _size; i++)
                share += scale * _adjoints[b * _size + i] * Real.ToDouble(g[i]);
            for (int c = 0; c <= b; c++)
            {
                if (!_present[c] || Word(c) != word)
                    continue;
                double inner = 0;
                for (int i = 0; i < _size; i++)
                    inner += _adjoints[b * _size + i] * _adjoints[c * _size + i];
                if (b == c)
                    lanes += scale * scale * inner;
                square += (b == c ? 1 : 2) * scale * Math.ScaleB(1, Math.Max(_exponents[c] - power, -2000)) * inner;
            }
        }
        share = Math.ScaleB(share, power);
        int entry = _map.EntryInWindow(_trace.From + _loss, _trace.From + _time);
        if (entry < 0)
            return;
        var tally = new Tally();
        tally.Add(square, lanes, share, CellClass.ExactZero);
        _series.Add(entry, tally, power, _square > 0 ? share / _square : double.NaN);
        _map.All.Add(entry, tally, power, _gradientSquare > 0 ? share / _gradientSquare : double.NaN);
    }

    private int Word(int lane) => _trace.Batch.Ids![_trace.Place(_time, lane)];
}
