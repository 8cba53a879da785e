using Farback.Adjoints;
using Farback.Networks;

namespace Farback.Diagnosis.Spectra;

/// <summary>Walks back through sequences, multiplying step Jacobians, and reads singular values and exponents on the way.</summary>
/// <remarks>
///   The adjoint form: rows, k descending, so that the burn-in of the exponents lies at the late end and the product at lag ℓ is what
///   an adjoint goes through first. One walk gives both.
/// </remarks>
internal sealed class StateWalk<T>
    where T : unmanaged
{
    private const int Resamples = 400;
    private const int MostEigenvalues = 256; // coordinates; beyond them a step's eigenvalues take longer than all the rest

    private readonly Trace<T> _trace;
    private readonly Seeds<T>? _seeds;
    private readonly LossField? _losses;
    private readonly SpectrumOptions _options;
    private readonly StepJacobians<T> _steps;
    private readonly double[] _jacobian;

    public StateWalk(Trace<T> trace, Seeds<T>? seeds, LossField? losses, SpectrumOptions options, int? site)
    {
        (_trace, _seeds, _losses, _options) = (trace, seeds, losses, options);
        _steps = new(trace, site);
        _jacobian = new double[_steps.Coordinates * _steps.Coordinates];
    }

    /// <summary>What one sequence tells.</summary>
    private sealed record One(IReadOnlyList<AtLag> Lags, double[]? Exponents, int Steps);

    private sealed record AtLag(int Lag, IReadOnlyList<double> Singular, double? Adjoint, double? Left, double? Right);

    public StateSpectrum Measure(string name)
    {
        int n = _steps.Coordinates;
        (int Lane, int Length)[] lanes =
        [
            .. Enumerable
                .Range(0, _trace.Lanes)
                .Select(lane => (Lane: lane, Length: End(lane) - _steps.Steps(lane).First))
                .Where(one => one.Length > 0)
                .Take(_options.Sequences),
        ];
        // first fewer lags to look at, then fewer sequences, then shorter ones: a long lag is what is asked about
        double perStep = 6.0 * n * n * n,
            perLag = 20.0 * n * n * n;
        int most = (int)Math.Clamp(_options.Work / 2 / perLag, 2, _options.Lags);
        while (lanes.Length > 1 && lanes.Sum(one => one.Length * perStep + most * perLag) > _options.Work)
            lanes = lanes[..^1];
        int reach = lanes.Select(one => one.Length).DefaultIfEmpty(0).Max();
        reach = (int)Math.Min(reach, Math.Max(1, (_options.Work - lanes.Length * most * perLag) / perStep));
        int[] lags = LagGrid.To(Math.Min(reach, _options.MaximumLag ?? reach), most);
        int shortest = Math.Min(reach, lanes.Select(one => one.Length).DefaultIfEmpty(0).Min()),
            burnIn = _options.BurnIn ?? Math.Min(200, shortest / 5);
        One[] walked = [.. lanes.Select(one => Walk(one.Lane, Math.Min(one.Length, reach), lags, burnIn))];
        return new()
        {
            Name = name,
            Coordinates = n,
            Sequences = lanes.Length,
            Lags = [.. lags.Select(lag => Mean(lag, walked))],
            Exponents = Exponents(walked),
            ExponentSteps = walked.Sum(one => one.Steps),
            BurnIn = burnIn,
            StepEigenvalues = lanes.Length == 0 || n > MostEigenvalues ? [] : StepEigenvalues(lanes[0].Lane, lanes[0].Length),
        };
    }

    // the walk step after the one where the walk back begins
    private int End(int lane)
    {
        (int first, int end) = _steps.Steps(lane);
        if (_options.From is { } asked)
        {
            int p = _steps.WalkStep(asked);
            return p >= first && p < end ? p + 1 : first;
        }
        if (_losses is not null)
            for (int p = end - 1; p >= first; p--)
                if (_losses.IsPresent(_steps.WalkStep(p), lane))
                    return p + 1;
        return end;
    }

    private One Walk(int lane, int length, int[] lags, int burnIn)
    {
        int n = _steps.Coordinates,
            end = End(lane);
        double[]? adjoint = Seed(_steps.WalkStep(end - 1), lane);
        var product = new ScaledProduct(n);
        List<AtLag> found = [];
        double[]? settled = burnIn == 0 ? new double[n] : null;
        for (int lag = 1; lag <= length; lag++)
        {
            _steps.Read(lane, end - lag, _jacobian);
            product.Multiply(_jacobian);
            if (lag == burnIn)
                settled = product.LogScales.ToArray();
            if (!lags.Contains(lag))
                continue;
            SingularValues values = product.SingularValues();
            if (adjoint is null)
            {
                found.Add(new(lag, values.Log, null, null, null));
                continue;
            }
            (double log, double[] arrives) = product.Apply(adjoint);
            found.Add(new(lag, values.Log, log, Cosine(adjoint, values.Left), Cosine(arrives, values.Right)));
        }
        int steps = length - burnIn;
        if (settled is null || steps <= 0)
            return new(found, null, 0);
        double[] logs = product.LogScales.ToArray();
        // −∞ − −∞: a direction that was already gone goes on being gone
        double[] exponents =
        [
            .. logs.Select((log, i) => double.IsNegativeInfinity(log) ? log : (log - settled[i]) / steps).OrderDescending(),
        ];
        return new(found, exponents, steps);
    }

    private static double Cosine(ReadOnlySpan<double> row, IReadOnlyList<double> direction) => Math.Abs(Dense.Dot(row, [.. direction]));

    // λ[t,t] in joint coordinates, to length 1: what the loss asks of the top layer's output; the way up within the step is in the layers' rows
    private double[]? Seed(int time, int lane)
    {
        Network network = _trace.Model.Network;
        int place = time * _trace.Lanes + lane,
            own = network.Cell.State.Count * network.Hidden,
            seen = network.Cell.OutputParts * network.Hidden,
            site = _steps.Site ?? network.Layers - 1;
        if (_seeds is null || !_seeds.IsPresent[place] || site / network.Directions < network.Layers - 1)
            return null;
        double[] row = new double[_steps.Coordinates];
        int first = _steps.Site is null ? site * own : 0,
            from = site % network.Directions * seen;
        for (int i = 0; i < seen; i++)
            row[first + i] = Real.ToDouble(_seeds.At(place)[from + i]);
        double norm = Euclidean.Norm<double>(row);
        if (norm == 0 || !double.IsFinite(norm))
            return null;
        Real.Multiply<double>(row, 1 / norm);
        return row;
    }

    private static LagSpectrum Mean(int lag, One[] walked)
    {
        AtLag[] there = [.. walked.SelectMany(one => one.Lags).Where(one => one.Lag == lag)];
        double ten = Math.Log(10);
        double[] mean = [.. Enumerable.Range(0, there[0].Singular.Count).Select(i => there.Average(one => one.Singular[i]) / ten).Order()];
        double? Of(Func<AtLag, double?> what) => there.Select(what).Average();
        return new(
            lag,
            mean[^1],
            Quantiles.Of(mean, 0.9),
            Quantiles.Of(mean, 0.5),
            Quantiles.Of(mean, 0.1),
            mean[0],
            Of(one => one.Adjoint / ten),
            Of(one => one.Left),
            Of(one => one.Right),
            there.Length
        );
    }

    private static LyapunovExponent[] Exponents(One[] walked)
    {
        double[][] each = [.. walked.Select(one => one.Exponents).OfType<double[]>()];
        if (each.Length == 0)
            return [];
        // the same sequences are drawn for every exponent
        var random = new RandomStream(1, purpose: each.Length);
        int[][] drawn = [.. Enumerable.Range(0, Resamples).Select(_ => each.Select(_ => random.Next(each.Length)).ToArray())];
        return
        [
            .. Enumerable
                .Range(0, each[0].Length)
                .Select(i =>
                {
                    double mean = each.Average(one => one[i]);
                    if (each.Length < 2)
                        return new LyapunovExponent(mean, null, null);
                    double[] means = [.. drawn.Select(sample => sample.Average(one => each[one][i])).Order()];
                    return new(mean, Quantiles.Of(means, 0.05), Quantiles.Of(means, 0.95));
                }),
        ];
    }

    private Eigenvalue[] StepEigenvalues(int lane, int length)
    {
        _steps.Read(lane, _steps.Steps(lane).First + (length - 1) / 2, _jacobian);
        return Spectrum.Points(_jacobian, _steps.Coordinates);
    }
}
