using Farback.Cells;
using Farback.Networks;
using Farback.Tiles;

namespace Farback.Gradients;

/// <summary>Norms and shares of the weight uses of one site at one (t, k): products by ghost norms, biases and unit parameters directly.</summary>
internal sealed class UseReader<T>
    where T : unmanaged
{
    private readonly GradientMap _map;
    private readonly Site _site;
    private readonly Recurrence<T> _recurrence;
    private readonly LayerTrace<T> _run;
    private readonly MapSite? _factors;
    private readonly int _lanes,
        _from,
        _sums;
    private readonly Use[] _uses;
    private readonly double[] _gramX,
        _gramH,
        _gram; // u_b·u_b' of the operands, [walk step][b][b']
    private readonly Deltas<T> _projectX,
        _projectH; // g u of every (walk step, lane), so that a share is one inner product with δ
    private readonly Deltas<T>? _projectBx,
        _projectBh;
    private readonly Parameters<T> _gradient;
    private readonly double _gradientSquare;
    private readonly double[] _lanesScale;
    private readonly double[] _unitSum;
    private readonly MapSeries[] _unitParts; // of each parameter that a unit has to itself
    private readonly double _unitSquare;

    /// <summary>One gate's use of one block.</summary>
    private sealed record Use(MapSeries Block, MapSeries? Gate, int Sum, Operand Operand, double BlockSquare)
    {
        public double Square { get; set; }
        public double LaneSquare { get; set; }
        public double Share { get; set; }
        public bool AnyDelta { get; set; }
        public bool AnyOperand { get; set; }
    }

    private enum Operand
    {
        X,
        H,
        BeforeProductH,
        OneByInput,
        OneByState,
    }

    public UseReader(GradientMap map, Trace<T> trace, int index, Parameters<T> gradient)
    {
        (_map, _site, _recurrence, _run, _lanes, _gradient) = (
            map,
            trace.Model.Sites[index],
            trace.Model.Recurrences[index],
            trace.Layers[index],
            trace.Lanes,
            gradient
        );
        _from = trace.From;
        _factors = _site.IsReadOut ? null : map.Sites[index];
        _sums = _recurrence.CellSums + _recurrence.GateSums;
        _gradientSquare = Math.Pow(gradient.Norm(), 2);
        _lanesScale = new double[_lanes];
        _unitSum = new double[_site.Units];
        _uses = [.. Uses()];
        _unitParts = _site.Unit is { } block ? [.. _site.Cell.UnitParameters.Select(parameter => map[$"{block.Name}.{parameter}"])] : [];
        _unitSquare = _site.Unit is null ? 0 : SquareOf(_site.Unit);
        _gramX = Gram(trace, index, Operand.X);
        _gramH =
            _site.RecurrentWeights is null || _site.Cell.Gates.All(gate => !gate.BeforeProduct)
                ? []
                : Gram(trace, index, Operand.BeforeProductH);
        _gram = _site.RecurrentWeights is null ? [] : Gram(trace, index, Operand.H);

        // g itself, packed as weights, projects every operand; one bias projects onto one slot
        Recurrence<T> projector = Compile.Layer<T>(_site.Cell, _site.Inputs, _site.Units, trace.Model.Width);
        projector.Pack(gradient.Layer(_site));
        long slots = (long)trace.Times * _lanes;
        _projectX = projector.NewDeltas(slots);
        _projectH = projector.NewDeltas(slots);
        projector.Project(_run, _projectX, _projectH);
        _projectBx = Bias(_site.InputBias, byInput: true);
        _projectBh = Bias(_site.RecurrentBias, byInput: false);
    }

    private IEnumerable<Use> Uses()
    {
        foreach (
            (Block? block, bool byInput, bool isBias) in new[]
            {
                (_site.InputWeights, true, false),
                (_site.RecurrentWeights, false, false),
                (_site.InputBias, true, true),
                (_site.RecurrentBias, false, true),
            }
        )
        {
            if (block is null)
                continue;
            double square = SquareOf(block);
            foreach (Gate gate in _site.Cell.Gates)
            {
                Operand operand = isBias
                    ? byInput
                        ? Operand.OneByInput
                        : Operand.OneByState
                    : byInput
                        ? Operand.X
                        : gate.BeforeProduct
                            ? Operand.BeforeProductH
                            : Operand.H;
                yield return new(
                    _map[block.Name],
                    _site.Cell.Gates.Count > 1 ? _map[$"{block.Name}.{gate.Name}"] : null,
                    _recurrence.SumOf(gate, byInput),
                    operand,
                    square
                );
            }
        }
    }

    private double SquareOf(Block block)
    {
        double square = 0;
        foreach (T value in _gradient[block])
            square += Real.ToDouble(value) * Real.ToDouble(value);
        return square;
    }

    private Deltas<T>? Bias(Block? block, bool byInput)
    {
        if (block is null)
            return null;
        Deltas<T> deltas = _recurrence.NewDeltas(1);
        Span<T> g = _gradient[block];
        for (int gate = 0; gate < _site.Cell.Gates.Count; gate++)
        for (int unit = 0; unit < _site.Units; unit++)
            deltas.At(0, _recurrence.SumOf(_site.Cell.Gates[gate], byInput), unit) = g[gate * _site.Units + unit];
        return deltas;
    }

    private double[] Gram(Trace<T> trace, int index, Operand operand)
    {
        double[] gram = new double[trace.Times * _lanes * _lanes];
        for (int p = 0; p < trace.Times; p++)
        {
            int k = _from + (_site.Direction == 0 ? p : trace.Times - 1 - p);
            for (int b = 0; b < _lanes; b++)
            {
                ReadOnlySpan<T> u = OperandOf(p, b, operand);
                for (int c = 0; c <= b; c++)
                {
                    ReadOnlySpan<T> v = OperandOf(p, c, operand);
                    double sum = 0;
                    for (int i = 0; i < u.Length; i++)
                        sum += Real.ToDouble(u[i]) * Real.ToDouble(v[i]);
                    gram[(p * _lanes + b) * _lanes + c] = gram[(p * _lanes + c) * _lanes + b] = sum;
                }
                if (_factors is not null)
                    _factors.OperandNorm(operand == Operand.X, operand == Operand.BeforeProductH, k, b) = Math.Sqrt(
                        gram[(p * _lanes + b) * _lanes + b]
                    );
            }
        }
        return gram;
    }

    private ReadOnlySpan<T> OperandOf(int p, int lane, Operand operand) =>
        operand == Operand.X ? _run.X(p, lane)
        : operand == Operand.H ? _run.Operand(p, lane)
        : _run.H(p, lane);

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
        int entry = _map.EntryInWindow(_from + t, _from + k);
        if (entry < 0)
            return;
        bool anyAdjoint = false;
        int power = int.MinValue;
        for (int b = 0; b < _lanes; b++)
        {
            if (squares[b] == 0)
                continue;
            anyAdjoint = true;
            power = Math.Max(power, exponents[b]);
        }
        if (!anyAdjoint)
            return;
        for (int b = 0; b < _lanes; b++)
            _lanesScale[b] = squares[b] == 0 ? 0 : Math.ScaleB(1, Math.Max(exponents[b] - power, -2000));
        foreach (Use use in _uses)
            (use.Square, use.LaneSquare, use.Share, use.AnyDelta, use.AnyOperand) = (0, 0, 0, false, false);

        bool anyUse = false,
            fromNothing = true; // every lane's state before the step is exactly zero
        Span<double> inner = stackalloc double[_sums];
        Span<double> projected = stackalloc double[_sums * 4];
        for (int b = 0; b < _lanes; b++)
        {
            if (_lanesScale[b] == 0 || _run.IsPadding(p, b))
                continue;
            anyUse = true;
            fromNothing &= IsZero(p, b);
            for (int c = 0; c <= b; c++)
            {
                if (_lanesScale[c] == 0)
                    continue;
                _recurrence.Inner(deltas, slot + b, deltas, slot + c, inner);
                AddSquares(inner, p, b, c, (b == c ? 1 : 2) * _lanesScale[b] * _lanesScale[c]);
                if (b == c && _factors is { HasFactors: true })
                    for (int sum = 0; sum < _sums; sum++)
                        _factors.Deltas(sum)[entry * _lanes + b] = Math.Log2(inner[sum]) / 2 + exponents[b];
            }
            Project(deltas, slot + b, (long)p * _lanes + b, projected);
            foreach (Use use in _uses)
                use.Share += Math.ScaleB(projected[ProjectionOf(use.Operand) * _sums + use.Sum], exponents[b]);
        }
        if (!anyUse)
            return;
        // a sum without a δ beside sums with one, on a zero state: that state was its factor (a forget gate before the first step)
        bool factorIsZero = fromNothing && _uses.Any(use => use.AnyDelta);
        foreach (Use use in _uses)
            Store(use, entry, power, factorIsZero);
        if (_site.Unit is not null)
            ReadUnits(entry, power, deltas, slot);
    }

    private static int ProjectionOf(Operand operand) =>
        operand switch
        {
            Operand.X => 0,
            Operand.OneByInput => 2,
            Operand.OneByState => 3,
            _ => 1,
        };

    private void Project(Deltas<T> deltas, long slot, long place, Span<double> projected)
    {
        _recurrence.Inner(deltas, slot, _projectX, place, projected[.._sums]);
        _recurrence.Inner(deltas, slot, _projectH, place, projected.Slice(_sums, _sums));
        if (_projectBx is not null)
            _recurrence.Inner(deltas, slot, _projectBx, 0, projected.Slice(2 * _sums, _sums));
        if (_projectBh is not null)
            _recurrence.Inner(deltas, slot, _projectBh, 0, projected.Slice(3 * _sums, _sums));
    }

    // ‖Σ_b δ_b u_bᵀ‖² = Σ_{b,b'} (δ_b·δ_b')(u_b·u_b')
    private void AddSquares(ReadOnlySpan<double> inner, int p, int b, int c, double factor)
    {
        int pair = (p * _lanes + b) * _lanes + c;
        foreach (Use use in _uses)
        {
            double operand = use.Operand switch
            {
                Operand.X => _gramX[pair],
                Operand.H => _gram[pair],
                Operand.BeforeProductH => _gramH[pair],
                _ => 1,
            };
            use.Square += factor * inner[use.Sum] * operand;
            if (b == c)
            {
                use.LaneSquare += factor * inner[use.Sum] * operand;
                use.AnyDelta |= inner[use.Sum] != 0;
                use.AnyOperand |= operand != 0;
            }
        }
    }

    private bool IsZero(int p, int lane)
    {
        for (int part = 0; part < _run.StateParts; part++)
        for (int unit = 0; unit < _site.Units; unit++)
            if (Real.ToDouble(_run.State(p, lane, part, unit)) != 0)
                return false;
        return true;
    }

    private void Store(Use use, int entry, int power, bool factorIsZero)
    {
        CellClass zero =
            !use.AnyDelta ? (factorIsZero ? CellClass.ExactZero : CellClass.ZeroBySaturation)
            : !use.AnyOperand ? CellClass.ExactZero
            : use.LaneSquare > 0 ? CellClass.ExactZero // the lanes cancel to the last digit
            : CellClass.BelowRange;
        double share = use.BlockSquare > 0 ? use.Share / use.BlockSquare : double.NaN;
        double ofAll = _gradientSquare > 0 ? use.Share / _gradientSquare : double.NaN;
        use.Gate?.Add(entry, use.Square, use.LaneSquare, power, zero, share);
        use.Block.Add(entry, use.Square, use.LaneSquare, power, zero, share);
        _map.All.Add(entry, use.Square, use.LaneSquare, power, zero, ofAll);
    }

    // unit by unit: G = Σ_b of what the cell returned
    private void ReadUnits(int entry, int power, Deltas<T> deltas, long slot)
    {
        for (int parameter = 0; parameter < _unitParts.Length; parameter++)
        {
            Array.Clear(_unitSum);
            double lanes = 0;
            for (int b = 0; b < _lanes; b++)
            {
                for (int unit = 0; unit < _site.Units && _lanesScale[b] != 0; unit++)
                {
                    double one = _lanesScale[b] * Real.ToDouble(deltas.UnitAt(slot + b, parameter, unit));
                    _unitSum[unit] += one;
                    lanes += one * one;
                }
            }
            StoreVector(_unitParts[parameter], _site.Unit!, _unitSquare, parameter, lanes, entry, power);
        }
    }

    private void StoreVector(MapSeries? part, Block block, double blockSquare, int row, double laneSquare, int entry, int power)
    {
        double square = 0,
            share = 0;
        Span<T> g = _gradient[block].Slice(row * _site.Units, _site.Units);
        for (int unit = 0; unit < _site.Units; unit++)
        {
            square += _unitSum[unit] * _unitSum[unit];
            share += _unitSum[unit] * Real.ToDouble(g[unit]);
        }
        share = Math.ScaleB(share, power);
        double ofBlock = blockSquare > 0 ? share / blockSquare : double.NaN,
            ofAll = _gradientSquare > 0 ? share / _gradientSquare : double.NaN;
        part?.Add(entry, square, laneSquare, power, CellClass.ExactZero, ofBlock);
        _map[block.Name].Add(entry, square, laneSquare, power, CellClass.ExactZero, ofBlock);
        _map.All.Add(entry, square, laneSquare, power, CellClass.ExactZero, ofAll);
    }

    /// <summary>A learned initial state: the sum of λ over the lanes, shown at the direction's first use.</summary>
    public void ReadInitial(int t, int k, Adjoints<T> rows, int firstRow)
    {
        int entry = _map.EntryInWindow(_from + t, _from + k),
            power = int.MinValue;
        if (entry < 0)
            return;
        for (int b = 0; b < _lanes; b++)
            power = Math.Max(power, rows.Exponent[firstRow + b]);
        Block block = _site.InitialState!;
        double square = SquareOf(block);
        for (int part = 0; part < rows.Parts; part++)
        {
            Array.Clear(_unitSum);
            double lanes = 0;
            for (int b = 0; b < _lanes; b++)
            {
                double scale = Math.ScaleB(1, Math.Max(rows.Exponent[firstRow + b] - power, -2000));
                for (int unit = 0; unit < _site.Units; unit++)
                {
                    double one = scale * Real.ToDouble(rows.At(firstRow + b, part, unit));
                    _unitSum[unit] += one;
                    lanes += one * one;
                }
            }
            StoreVector(null, block, square, part, lanes, entry, power);
        }
    }
}
