using Farback.Cells;
using Farback.Networks;
using Farback.Tiles;

namespace Farback.Diagnosis.Spectra;

/// <summary>Every gate of one layer and direction, read off a run place by place: every unit, step and sequence.</summary>
/// <remarks>Memory: two numbers a gate, unit and step.</remarks>
public sealed class GateReading
{
    private const int Bins = 10;
    private const double Edge = 0.1; // of an activation's range, at either end
    private const double Stuck = 0.95;

    private readonly Site _site;
    private readonly IReadOnlyList<Gate> _gates;
    private readonly double[][] _values,
        _slopes; // [gate][place · H + unit], places lane by lane
    private readonly List<int> _lengths = [];

    private GateReading(Site site, int places)
    {
        (_site, _gates) = (site, site.Cell.Gates);
        _values = [.. _gates.Select(_ => new double[places * site.Units])];
        _slopes = [.. _gates.Select(_ => new double[places * site.Units])];
    }

    /// <summary>z of every gate, again from x, u and the weights, then φ and φ'.</summary>
    /// <param name="trace">The run; only read.</param>
    /// <param name="index">The place of a layer and direction among the model's sites.</param>
    /// <param name="sequences">At most that many sequences, the first of the batch.</param>
    public static GateReading Of<T>(Trace<T> trace, int index, int sequences = int.MaxValue)
        where T : unmanaged
    {
        Site site = trace.Model.Sites[index];
        Recurrence<T> recurrence = trace.Model.Recurrences[index];
        LayerTrace<T> run = trace.Layers[index];
        Parameters<T> parameters = trace.Model.Parameters;
        long slots = (long)trace.Times * trace.Lanes;
        (Deltas<T> byX, Deltas<T> byH) = (recurrence.NewDeltas(slots), recurrence.NewDeltas(slots));
        recurrence.Project(run, byX, byH, 0, slots);
        int lanes = Math.Min(sequences, trace.Lanes);
        var reading = new GateReading(site, trace.Batch.Lengths.Take(lanes).Sum());
        int gates = site.Cell.Gates.Count,
            place = 0;
        double[] x = new double[gates],
            h = new double[gates],
            z = new double[gates],
            before = new double[run.StateParts],
            after = new double[run.StateParts],
            own = new double[recurrence.UnitParameters];
        double Bias(Block? block, int row) => block is null ? 0 : Real.ToDouble(parameters[block][row]);
        for (int lane = 0; lane < lanes; lane++)
        {
            reading._lengths.Add(run.End[lane] - run.First[lane]);
            for (int p = run.First[lane]; p < run.End[lane]; p++, place++)
            for (int unit = 0; unit < site.Units; unit++)
            {
                long slot = (long)p * trace.Lanes + lane;
                for (int gate = 0; gate < gates; gate++)
                {
                    Gate at = site.Cell.Gates[gate];
                    int row = gate * site.Units + unit;
                    x[gate] = Real.ToDouble(byX.At(slot, recurrence.SumOf(at, byInput: true), unit)) + Bias(site.InputBias, row);
                    h[gate] = Real.ToDouble(byH.At(slot, recurrence.SumOf(at, byInput: false), unit)) + Bias(site.RecurrentBias, row);
                }
                for (int part = 0; part < before.Length; part++)
                    (before[part], after[part]) = (
                        Real.ToDouble(run.State(p, lane, part, unit)),
                        Real.ToDouble(run.State(p + 1, lane, part, unit))
                    );
                for (int parameter = 0; parameter < own.Length; parameter++)
                    own[parameter] = Bias(site.Unit, parameter * site.Units + unit);
                site.Cell.Arguments(x, h, before, after, own, z);
                for (int gate = 0; gate < gates; gate++)
                    if (reading._gates[gate].Activation is { } kind)
                        (reading._values[gate][place * site.Units + unit], reading._slopes[gate][place * site.Units + unit]) = kind.Of(
                            z[gate]
                        );
            }
        }
        return reading;
    }

    /// <summary>φ(z) of a gate, [place][unit], places sequence by sequence in walking order.</summary>
    /// <exception cref="ArgumentException">The cell has no such gate, or its page names no activation.</exception>
    public ReadOnlySpan<double> Values(string gate) => _values[IndexOf(gate)];

    /// <summary>φ'(z) of a gate, laid out alike.</summary>
    /// <exception cref="ArgumentException">The cell has no such gate, or its page names no activation.</exception>
    public ReadOnlySpan<double> Slopes(string gate) => _slopes[IndexOf(gate)];

    private int IndexOf(string name)
    {
        for (int gate = 0; gate < _gates.Count; gate++)
            if (_gates[gate].Name == name && _gates[gate].Activation is not null)
                return gate;
        throw new ArgumentException(
            $"gates: {_site.Cell.Title} has no gate '{name}' whose activation its page names; it has {string.Join(", ", _gates.Where(gate => gate.Activation is not null).Select(gate => $"'{gate.Name}'"))}."
        );
    }

    /// <summary>One for each gate whose activation the cell's page names.</summary>
    public IEnumerable<GateSpectrum> Gates()
    {
        for (int gate = 0; gate < _gates.Count; gate++)
            if (_gates[gate].Activation is { } kind)
                yield return Gate(_gates[gate].Name, kind, _values[gate], _slopes[gate]);
    }

    private GateSpectrum Gate(string name, ActivationKind kind, double[] values, double[] slopes)
    {
        bool bounded = kind is ActivationKind.Sigmoid or ActivationKind.Tanh;
        double from = kind == ActivationKind.Sigmoid ? 0
            : kind == ActivationKind.Tanh ? -1
            : values.DefaultIfEmpty(0).Min(),
            to = bounded ? 1 : values.DefaultIfEmpty(0).Max(),
            low = bounded ? from + Edge * (to - from)
            : kind == ActivationKind.Relu ? 0
            : double.NegativeInfinity,
            high = bounded ? to - Edge * (to - from) : double.PositiveInfinity;
        bool IsLow(double value) => kind == ActivationKind.Relu ? value <= low : value < low;
        int units = _site.Units,
            places = values.Length / units;
        int[] stuck = new int[units],
            dead = new int[units];
        for (int i = 0; i < values.Length; i++)
        {
            stuck[i % units] += IsLow(values[i]) || values[i] > high ? 1 : 0;
            dead[i % units] += slopes[i] == 0 ? 1 : 0;
        }
        double Part(int count, int of) => of == 0 ? 0 : (double)count / of;
        return new()
        {
            Site = _site.ToString(),
            Gate = name,
            Activation = kind,
            Values = Count(values, from, to),
            Slopes = Count(slopes, 0, kind.LargestSlope()),
            Low = Part(values.Count(IsLow), values.Length),
            High = Part(values.Count(value => value > high), values.Length),
            MeanValue = values.DefaultIfEmpty(double.NaN).Average(),
            MeanSlope = slopes.DefaultIfEmpty(double.NaN).Average() / kind.LargestSlope(),
            StuckUnits = Part(stuck.Count(count => places > 0 && count >= Stuck * places), units),
            DeadUnits = Part(dead.Count(count => places > 0 && count == places), units),
            Units = units,
            Places = places,
        };
    }

    private static Histogram Count(double[] numbers, double from, double to)
    {
        double[] bins = new double[Bins];
        double[] finite = [.. numbers.Where(double.IsFinite)];
        foreach (double number in finite)
            bins[to > from ? Math.Clamp((int)((number - from) / (to - from) * Bins), 0, Bins - 1) : 0] += 1.0 / finite.Length;
        return new(from, to, bins);
    }

    /// <summary>F over the lags and τ of every unit; null where the cell has no gate on its memory.</summary>
    public MemorySpectrum? Memory(int lags)
    {
        if (_site.Cell.MemoryGate is not { } gate)
            return null;
        int units = _site.Units,
            longest = _lengths.DefaultIfEmpty(0).Max();
        ReadOnlySpan<double> f = Values(gate);
        double[] sums = new double[f.Length + units], // Σ ln f before each place, of what is not 0
            totals = new double[units];
        int[] shut = new int[f.Length + units]; // how many 0 before each place: −∞ − −∞ would be NaN
        for (int i = 0; i < f.Length; i++)
        {
            sums[i + units] = sums[i] + (f[i] == 0 ? 0 : Math.Log(f[i]));
            shut[i + units] = shut[i] + (f[i] == 0 ? 1 : 0);
            totals[i % units] += Math.Log(f[i]);
        }
        List<ForgetProduct> products = [];
        foreach (int lag in LagGrid.To(longest, lags))
        {
            List<double> logs = [];
            int start = 0;
            foreach (int length in _lengths)
            {
                for (int end = lag; end <= length; end++)
                for (int unit = 0; unit < units; unit++)
                {
                    int to = (start + end) * units + unit,
                        from = to - lag * units;
                    logs.Add(shut[to] > shut[from] ? double.NegativeInfinity : (sums[to] - sums[from]) / Math.Log(10));
                }
                start += length;
            }
            double[] sorted = [.. logs.Order()];
            products.Add(new(lag, Quantiles.Of(sorted, 0.1), Quantiles.Of(sorted, 0.5), Quantiles.Of(sorted, 0.9)));
        }
        int places = f.Length / units;
        double[] times = [.. totals.Select(total => total == 0 ? double.PositiveInfinity : -places / total).Order()];
        return new(_site.ToString(), gate, times, products);
    }
}
