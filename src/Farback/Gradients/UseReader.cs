using Farback.Networks;
using Farback.Tiles;

namespace Farback.Gradients;

/// <summary>Norms and shares of the weight uses of one site at one (t, k): products by ghost norms, biases and unit parameters directly.</summary>
/// <remarks>
///   Sums over lanes are made in the run's own precision. Where that says little – the lanes cancel to less than a 256th of their squares,
///   or a square lies outside the range – they are made once more in double, pair by pair: a float's rounding never reaches a person as a norm.
/// </remarks>
internal sealed class UseReader<T>
    where T : unmanaged
{
    // what lanes that cancel leave of a square: of 24 (53) digits 16 (29); a sum of δ that is squared afterwards keeps its own
    private static readonly double s_cancels = Math.ScaleB(1, typeof(T) == typeof(float) ? -8 : -24);
    private const double SumCancels = 1.0 / (1 << 24);
    private static readonly double s_smallest = Math.ScaleB(1, typeof(T) == typeof(float) ? -90 : -900); // squares that matter are normal above it

    private readonly GradientMap _map;
    private readonly SiteUses<T> _uses;
    private readonly Recurrence<T> _recurrence;
    private readonly LayerTrace<T> _run;
    private readonly MapSite? _factors;
    private readonly LaneSums<T> _sums;
    private readonly int _lanes;
    private readonly double[] _scale;
    private readonly double[] _unitSum;
    private readonly bool[] _present = new bool[4]; // by operand: whether any lane's is not zero
    private readonly double[] _inner;
    private readonly MapSeries[] _series; // all that an entry is stored in: gates, then their block; everything last
    private readonly double[] _squares; // of the norm, then, where there are several lanes, of their own, for each of those
    private readonly int _norms; // of an entry: 1 or 2
    private readonly double[] _shares;
    private readonly CellClass[] _zeros;
    private bool _apart; // a lane takes no part
    private bool _uneven; // a lane's scale is so small that its δ may be lost beside another's

    public UseReader(GradientMap map, SiteUses<T> uses, int index)
    {
        (_map, _uses, _recurrence, _run, _lanes) = (map, uses, uses.Recurrence, uses.Run, uses.Tables.Lanes);
        _factors = uses.Site.IsReadOut || !map.HasAll || !map.Sites[index].HasFactors ? null : map.Sites[index];
        _sums = new(_recurrence, _lanes) { Shares = uses.Tables.ByInput is not null };
        foreach (SiteUses<T>.Use use in uses.Uses)
        {
            (bool byInput, bool byState) = _sums.Reads[use.Sum];
            _sums.Reads[use.Sum] = (byInput || use.Operand == Operand.X, byState || use.Operand is Operand.State or Operand.BeforeProduct);
        }
        _scale = new double[_lanes];
        _inner = new double[_recurrence.CellSums + _recurrence.GateSums];
        _unitSum = new double[uses.Site.Units];
        _series =
        [
            .. uses.Blocks.SelectMany(block => block.Uses.Select(use => use.Gate).OfType<MapSeries>().Append(block.Series)),
            .. map.HasAll ? [map.All] : Array.Empty<MapSeries>(),
        ];
        _norms = _lanes == 1 ? 1 : 2;
        (_squares, _shares, _zeros) = (new double[_norms * _series.Length], new double[_series.Length], new CellClass[_series.Length]);
    }

    /// <summary>Reads the B rows of one loss time at one use time.</summary>
    /// <param name="t">The loss time, in the trace's own times.</param>
    /// <param name="k">The use time, likewise.</param>
    /// <param name="p">The walk step.</param>
    /// <param name="deltas">δ.</param>
    /// <param name="slot">The slot of lane 0.</param>
    /// <param name="exponents">The power of two of each lane.</param>
    /// <param name="squares">‖stored λ‖² of each lane; 0 where nothing arrives.</param>
    public void Read(int t, int k, int p, Deltas<T> deltas, long slot, ReadOnlySpan<int> exponents, ReadOnlySpan<double> squares)
    {
        int entry = _map.EntryInWindow(_uses.From + t, _uses.From + k),
            power = int.MinValue;
        if (entry < 0)
            return;
        for (int b = 0; b < _lanes; b++)
            if (squares[b] != 0)
                power = Math.Max(power, exponents[b]);
        if (power == int.MinValue || !Scale(p, exponents, squares, power))
            return;
        if (_uneven && PowerOfDeltas(deltas, slot, exponents) is { } less && less < power)
            Scale(p, exponents, squares, power = less);
        _recurrence.SumOverLanes(deltas, slot, p, _uses.Tables, _sums);
        if (_factors is not null)
            ReadFactors(entry, p, deltas, slot, exponents);
        bool fromNothing = true; // every lane's state before the step is exactly zero
        Array.Clear(_present);
        _present[(int)Operand.One] = true;
        for (int b = 0; b < _lanes && (fromNothing || !(_present[0] && _present[1] && _present[2])); b++)
        {
            if (_scale[b] == 0)
                continue;
            fromNothing &= !_uses.Tables.HasState(p, b);
            for (int operand = 0; operand < 3; operand++)
                _present[operand] |= _uses.Tables.IsPresent((Operand)operand, p, b);
        }
        if (SaysLittle())
            SumExactly(p, deltas, slot);
        Store(entry, power, fromNothing);
        if (_uses.UnitParts.Count > 0)
            ReadUnits(entry, power, deltas, slot);
    }

    // the lanes' powers of two beside the largest; a lane in padding, or that nothing reaches, takes no part
    private bool Scale(int p, ReadOnlySpan<int> exponents, ReadOnlySpan<double> squares, int power)
    {
        Span<T> scale = _sums.Scale;
        bool any = false;
        (_uneven, _apart) = (false, false);
        for (int b = 0; b < _lanes; b++)
        {
            bool takesPart = squares[b] != 0 && !(_run.AnyPadding && _run.IsPadding(p, b));
            _scale[b] = takesPart ? Power.Of(Math.Clamp(exponents[b] - power, -1000, 0)) : 0;
            scale[b] = Real.From<T>(_scale[b]);
            _uneven |= takesPart && exponents[b] - power < -60;
            any |= takesPart;
            _apart |= !takesPart;
        }
        return any;
    }

    // a lane whose units are all dead has a λ and no δ: its power of two must not drown the others
    private int? PowerOfDeltas(Deltas<T> deltas, long slot, ReadOnlySpan<int> exponents)
    {
        int? power = null;
        for (int b = 0; b < _lanes; b++)
            if (_scale[b] != 0 && (power is null || exponents[b] > power) && HasDelta(deltas, slot + b))
                power = exponents[b];
        return power;
    }

    private bool HasDelta(Deltas<T> deltas, long slot)
    {
        for (int unit = 0; unit < _uses.Site.Units; unit++)
        {
            for (int sum = 0; sum < _sums.Of.Length; sum++)
                if (Real.ToDouble(deltas.At(slot, sum, unit)) != 0)
                    return true;
            for (int parameter = 0; parameter < _recurrence.UnitParameters; parameter++)
                if (Real.ToDouble(deltas.UnitAt(slot, parameter, unit)) != 0)
                    return true;
        }
        return false;
    }

    // what is no number in a lane that takes no part must not show either
    private bool SaysLittle()
    {
        foreach (SiteUses<T>.Use use in _uses.Uses)
        {
            ref LaneSums<T>.OfSum sums = ref _sums.Of[use.Sum];
            if (_apart && double.IsNaN(sums.Size))
                return true;
            if (!_present[(int)use.Operand] || !double.IsFinite(sums.Size) || (sums.Size == 0 && !_uneven))
                continue;
            (double square, double laneSquare) = Squares(use, sums);
            double cancels = use.Operand == Operand.One ? SumCancels : s_cancels;
            if (
                !(
                    sums.Lanes >= s_smallest
                    && laneSquare >= s_smallest
                    && square >= cancels * laneSquare
                    && double.IsFinite(laneSquare + square)
                )
            )
                return true;
        }
        return false;
    }

    private static (double Square, double LaneSquare) Squares(SiteUses<T>.Use use, in LaneSums<T>.OfSum sums) =>
        use.Operand switch
        {
            Operand.X => (sums.Input, sums.LanesInput),
            Operand.One => (sums.Square, sums.Lanes),
            _ => (sums.State, sums.LanesState),
        };

    private static double Share(SiteUses<T>.Use use, in LaneSums<T>.OfSum sums) =>
        (use.Operand, use.ByInput) switch
        {
            (Operand.X, _) => sums.ShareInput,
            (Operand.One, true) => sums.ShareInputBias,
            (Operand.One, false) => sums.ShareStateBias,
            _ => sums.ShareState,
        };

    // Σ_{b,b'} (δ_b·δ_b')(u_b·u_b') number by number: products of floats are exact in double, and none underflows
    private void SumExactly(int p, Deltas<T> deltas, long slot)
    {
        Array.Clear(_sums.Of);
        for (int b = 0; b < _lanes; b++)
        for (int c = 0; c <= b; c++)
        {
            double factor = (b == c ? 1 : 2) * _scale[b] * _scale[c];
            if (factor == 0)
                continue;
            double x = Inner(p, b, c, Operand.X),
                state = Inner(p, b, c, Operand.State),
                before = _recurrence.HasGate ? Inner(p, b, c, Operand.BeforeProduct) : 0;
            for (int sum = 0; sum < _sums.Of.Length; sum++)
            {
                ref LaneSums<T>.OfSum sums = ref _sums.Of[sum];
                double inner = 0;
                for (int unit = 0; unit < _uses.Site.Units; unit++)
                    inner += Real.ToDouble(deltas.At(slot + b, sum, unit)) * Real.ToDouble(deltas.At(slot + c, sum, unit));
                double byState = sum < _recurrence.CellSums ? state : before;
                inner *= factor;
                sums.Square += inner;
                sums.Input += inner * x;
                sums.State += inner * byState;
                if (b != c)
                    continue;
                sums.Size += inner;
                sums.Lanes += inner;
                sums.LanesInput += inner * x;
                sums.LanesState += inner * byState;
                if (_sums.Shares)
                    AddShares(ref sums, sum, deltas, slot + b, (long)p * _lanes + b, _scale[b]);
            }
        }
    }

    private void AddShares(ref LaneSums<T>.OfSum sums, int sum, Deltas<T> deltas, long slot, long place, double scale)
    {
        UseTables<T> tables = _uses.Tables;
        for (int unit = 0; unit < _uses.Site.Units; unit++)
        {
            double δ = scale * Real.ToDouble(deltas.At(slot, sum, unit));
            sums.ShareInput += δ * Real.ToDouble(tables.ByInput!.At(place, sum, unit));
            sums.ShareState += δ * Real.ToDouble(tables.ByState!.At(place, sum, unit));
            if (tables.InputBias is not null)
                sums.ShareInputBias += δ * Real.ToDouble(tables.InputBias.At(0, sum, unit));
            if (tables.StateBias is not null)
                sums.ShareStateBias += δ * Real.ToDouble(tables.StateBias.At(0, sum, unit));
        }
    }

    private double Inner(int p, int b, int c, Operand operand)
    {
        ReadOnlySpan<T> u = _uses.Tables.Of(operand, p, b),
            v = _uses.Tables.Of(operand, p, c);
        double sum = 0;
        for (int i = 0; i < u.Length; i++)
            sum += Real.ToDouble(u[i]) * Real.ToDouble(v[i]);
        return sum;
    }

    private void ReadFactors(int entry, int p, Deltas<T> deltas, long slot, ReadOnlySpan<int> exponents)
    {
        for (int b = 0; b < _lanes; b++)
        {
            if (_scale[b] == 0 || _run.IsPadding(p, b))
                continue;
            _recurrence.Inner(deltas, slot + b, deltas, slot + b, _inner);
            for (int sum = 0; sum < _inner.Length; sum++)
                _factors!.Deltas(sum)[entry * _lanes + b] = Math.Log2(_inner[sum]) / 2 + exponents[b];
        }
    }

    private void Store(int entry, int power, bool fromNothing)
    {
        // a sum without a δ beside sums with one, on a zero state: that state was its factor (a forget gate before the first step)
        bool anyDelta = false;
        foreach (SiteUses<T>.Use use in _uses.Uses)
            anyDelta |= _sums.Of[use.Sum].Size != 0;
        bool factorIsZero = fromNothing && anyDelta;
        double scale = Power.Of(power);
        int at = 0;
        Tally whole = default;
        foreach (SiteUses<T>.BlockUses block in _uses.Blocks)
        {
            Tally all = default;
            foreach (SiteUses<T>.Use use in block.Uses)
            {
                ref LaneSums<T>.OfSum sums = ref _sums.Of[use.Sum];
                bool present = _present[(int)use.Operand];
                (double square, double laneSquare) = present ? Squares(use, sums) : (0, 0);
                CellClass zero =
                    sums.Size == 0 ? (factorIsZero ? CellClass.ExactZero : CellClass.ZeroBySaturation)
                    : !present ? CellClass.ExactZero
                    : laneSquare > 0 ? CellClass.ExactZero // the lanes cancel to the last digit
                    : CellClass.BelowRange;
                double share = Share(use, sums);
                all.Add(square, laneSquare, share, zero);
                whole.Add(square, laneSquare, share, zero);
                if (use.Gate is null)
                    continue;
                Tally gate = default;
                gate.Add(square, laneSquare, share, zero);
                Keep(at++, gate, Divide(share, scale, power, block.GradientSquare));
            }
            Keep(at++, all, Divide(all.Share, scale, power, block.GradientSquare));
        }
        if (_map.HasAll)
            Keep(at, whole, Divide(whole.Share, scale, power, _uses.GradientSquare));
        PowersOfTwo.Log2(_squares, _squares);
        for (int i = 0; i < _series.Length; i++)
        {
            ReadOnlySpan<double> logarithms = _squares.AsSpan(i * _norms, _norms);
            _series[i].Add(entry, logarithms[0] / 2 + power, logarithms[^1] / 2 + power, _shares[i], _zeros[i]);
        }
    }

    private void Keep(int at, in Tally parts, double share)
    {
        (_squares[_norms * at], _squares[_norms * at + _norms - 1]) = (parts.Square, parts.LaneSquare);
        (_shares[at], _zeros[at]) = (share, parts.Zero);
    }

    // 2^power alone may be out of range
    private static double Divide(double share, double scale, int power, double gradientSquare) =>
        gradientSquare > 0 ? (double.IsNormal(scale) ? share * scale : Math.ScaleB(share, power)) / gradientSquare : double.NaN;

    // unit by unit: G = Σ_b of what the cell returned
    private void ReadUnits(int entry, int power, Deltas<T> deltas, long slot)
    {
        for (int parameter = 0; parameter < _recurrence.UnitParameters; parameter++)
        {
            Array.Clear(_unitSum);
            double lanes = 0;
            for (int b = 0; b < _lanes; b++)
            {
                for (int unit = 0; unit < _uses.Site.Units && _scale[b] != 0; unit++)
                {
                    double one = _scale[b] * Real.ToDouble(deltas.UnitAt(slot + b, parameter, unit));
                    _unitSum[unit] += one;
                    lanes += one * one;
                }
            }
            StoreVector(_uses.UnitParts[parameter], _uses.Site.Unit!, _uses.UnitSquare, parameter, lanes, entry, power);
        }
    }

    private void StoreVector(MapSeries? part, Block block, double blockSquare, int row, double laneSquare, int entry, int power)
    {
        double square = 0,
            share = 0;
        Span<T> g = _uses.Gradient(block).Slice(row * _uses.Site.Units, _uses.Site.Units);
        for (int unit = 0; unit < _uses.Site.Units; unit++)
        {
            square += _unitSum[unit] * _unitSum[unit];
            share += _unitSum[unit] * Real.ToDouble(g[unit]);
        }
        share = Math.ScaleB(share, power);
        double ofBlock = blockSquare > 0 ? share / blockSquare : double.NaN,
            ofAll = _uses.GradientSquare > 0 ? share / _uses.GradientSquare : double.NaN;
        Tally tally = default;
        tally.Add(square, laneSquare, share, CellClass.ExactZero);
        part?.Add(entry, tally, power, ofBlock);
        _map[block.Name].Add(entry, tally, power, ofBlock);
        _map.All.Add(entry, tally, power, ofAll);
    }

    private static bool IsPresent(Adjoints<T> rows, int row)
    {
        for (int part = 0; part < rows.Parts; part++)
        for (int unit = 0; unit < rows.Units; unit++)
            if (Real.ToDouble(rows.At(row, part, unit)) != 0)
                return true;
        return false;
    }

    /// <summary>A learned initial state: the sum of λ over the lanes, shown at the direction's first use.</summary>
    public void ReadInitial(int t, int k, Adjoints<T> rows, int firstRow)
    {
        int entry = _map.EntryInWindow(_uses.From + t, _uses.From + k),
            power = int.MinValue;
        if (entry < 0)
            return;
        for (int b = 0; b < _lanes; b++)
            if (IsPresent(rows, firstRow + b))
                power = Math.Max(power, rows.Exponent[firstRow + b]);
        power = power == int.MinValue ? 0 : power;
        for (int part = 0; part < rows.Parts; part++)
        {
            Array.Clear(_unitSum);
            double lanes = 0;
            for (int b = 0; b < _lanes; b++)
            {
                double scale = Power.Of(Math.Clamp(rows.Exponent[firstRow + b] - power, -1000, 0));
                for (int unit = 0; unit < _uses.Site.Units; unit++)
                {
                    double one = scale * Real.ToDouble(rows.At(firstRow + b, part, unit));
                    _unitSum[unit] += one;
                    lanes += one * one;
                }
            }
            StoreVector(null, _uses.Site.InitialState!, _uses.InitialSquare, part, lanes, entry, power);
        }
    }
}
