using System.Runtime.InteropServices;
using Farback.Adjoints;
using Farback.Cells;
using Farback.Gradients;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;
using Farback.Tiles;

namespace Farback.Cli.Measuring;

/// <summary>Something to be timed, float, one layer.</summary>
/// <param name="What">What it is.</param>
/// <param name="Cell">The cell.</param>
/// <param name="Shape">The size.</param>
/// <param name="Threads">The threads that it may use.</param>
/// <param name="Gflop">The useful work in it.</param>
/// <param name="Prepare">Allocates, and gives what is to be repeated.</param>
internal sealed record Workload(string What, Cell Cell, Shape Shape, int Threads, double Gflop, Func<Action> Prepare)
{
    /// <summary>The most threads that the library uses for one model.</summary>
    public static int MostThreads => Environment.ProcessorCount;

    private const double Given = 0.88; // of the peak of as many cores: less, and threads shared one

    private static readonly List<double> s_ofOneThread = []; // the peaks that this process has seen, in order of size

    /// <summary>The work between two looks at the peak; once more, up to a number of attempts, where the machine did not give all its cores.</summary>
    /// <remarks>A virtual machine's two cores are at times the two threads of one real core: a line measured then says nothing.</remarks>
    public Row Measure(double seconds, CancellationToken cancel, int attempts = 1)
    {
        GC.Collect(); // the memory of the work before
        GC.WaitForPendingFinalizers();
        Action work = Prepare();
        double before = PeakNow(Threads);
        Timing timing = Timing.Of(work, seconds, cancel);
        double least = Math.Min(before, attempts > 1 ? PeakNow(Threads) : before);
        for (; attempts > 1 && least < Given * Whole(Threads); attempts--)
        {
            Console.Error.WriteLine($"measured again: the machine gave {least:0} GFLOP/s of {Whole(Threads):0}");
            double peak = PeakAgain(Threads, cancel);
            Timing again = Timing.Of(work, seconds, cancel);
            double worst = Math.Min(peak, PeakNow(Threads));
            if (worst > least)
                (before, timing, least) = (peak, again, worst);
        }
        return new(
            "farback",
            What,
            Cell.Name,
            Shape.T,
            Shape.B,
            Shape.I,
            Shape.H,
            Threads,
            timing.Median * 1e3,
            timing.Least * 1e3,
            timing.Repeats,
            Gflop / timing.Median,
            before
        );
    }

    private static double Whole(int threads) => s_ofOneThread[s_ofOneThread.Count / 2] * threads;

    // the host moves its guests after some seconds, sooner if they rest
    private static double PeakAgain(int threads, CancellationToken cancel)
    {
        double peak = 0;
        for (int rests = 0; rests < 20 && peak < Given * Whole(threads) && !cancel.WaitHandle.WaitOne(500); rests++)
            peak = PeakNow(threads);
        return peak;
    }

    private static double PeakNow(int threads)
    {
        double peak = Peak.Of(Widths.Current, isDouble: false, threads);
        if (threads == 1 || s_ofOneThread.Count == 0)
        {
            double one = threads == 1 ? peak : Peak.Of(Widths.Current, isDouble: false, 1);
            int place = s_ofOneThread.BinarySearch(one);
            s_ofOneThread.Insert(place < 0 ? ~place : place, one);
        }
        return peak;
    }

    /// <summary>A training step but for the optimiser: weights packed, forwards, J = ½Σ‖h − y‖², ∇J of every block.</summary>
    public static Workload Step(Cell cell, Shape shape, int threads) =>
        new(
            "step",
            cell,
            shape,
            threads,
            shape.Step(cell.Gates.Count),
            () => StepOn(VectorNetwork(cell, shape, 0), Vectors(shape), threads)
        );

    /// <summary>The same with ∂J/∂x, which embedded words need: the sequences are words, their vectors are learned.</summary>
    public static Workload StepWithInputGradient(Cell cell, Shape shape, int threads) =>
        new(
            "step+dx",
            cell,
            shape,
            threads,
            shape.Step(cell.Gates.Count) + shape.InputGradient(cell.Gates.Count),
            () => StepOn(WordNetwork(cell, shape), Words(shape), threads)
        );

    /// <summary>A run, its losses (each the squared error of one number read from h) and the full map: norms and shares of every block.</summary>
    public static Workload Map(Cell cell, Shape shape, int threads, int? lossTimes = null) =>
        Map("map", cell, shape, threads, lossTimes, null);

    /// <summary>The same for the norms of the recurrent weights only.</summary>
    public static Workload MapOfRecurrentNorms(Cell cell, Shape shape, int threads) =>
        Map("map W_h", cell, shape, threads, null, "weight_hh_l0");

    private static Workload Map(string what, Cell cell, Shape shape, int threads, int? lossTimes, string? normsOf) =>
        new(
            what,
            cell,
            shape,
            threads,
            shape.Map(cell.Gates.Count),
            () =>
            {
                Network network = VectorNetwork(cell, shape, outputs: 1);
                Model<float> model = NewModel(network, threads);
                Batch batch = Vectors(shape);
                var extent = new MapExtent
                {
                    NormsOf = normsOf,
                    Window = shape.T - 1,
                    LossTimes =
                    [
                        .. Enumerable.Range(0, lossTimes ?? shape.T).Select(i => (int)((i + 1L) * shape.T / (lossTimes ?? shape.T) - 1)),
                    ],
                };
                Trace<float>? trace = null;
                LossField? losses = null;
                var memory = new MapMemory<float>();
                return () =>
                {
                    trace = model.Forward(batch, trace);
                    losses = LossField.Of(trace, new SquaredError(), Reduction.Sum, losses);
                    _ = GradientMap.Of(trace, losses, extent, memory: memory);
                };
            }
        );

    /// <summary>The one place where a number of threads reaches the library.</summary>
    internal static Model<float> NewModel(Network network, int threads) =>
        new(network, Initial.Default.Draw(network, seed: 1).To<float>()) { Threads = threads };

    private static Action StepOn(Network network, Batch batch, int threads)
    {
        Model<float> model = NewModel(network, threads);
        Trace<float> trace = model.Forward(batch);
        int places = batch.Times * batch.Lanes,
            units = network.Hidden;
        float[] target = Normal(places * units);
        double[] ones = new double[places * units];
        Array.Fill(ones, 1);
        var seeds = Seeds<float>.Given(trace, ones, scaled: false);
        var bptt = new Bptt<float>(model);
        var gradient = new Parameters<float>(network);
        int parts = places * units < 50_000 ? 1 : threads; // less takes no longer than it takes to send a team to work
        double[] sums = new double[parts];
        Action<int, int> loss = (part, _) =>
            sums[part] = HalfSquare(trace, target, seeds, places * part / parts, places * (part + 1) / parts);
        return () =>
        {
            model.Pack(); // the optimiser has changed the weights
            trace = model.Forward(batch, trace);
            Team.Run(parts, parts, loss);
            bptt.Run(trace, seeds, gradient);
        };
    }

    // J = ½Σ‖h − y‖², ∂J/∂h = h − y
    private static double HalfSquare(Trace<float> trace, float[] target, Seeds<float> seeds, int from, int to)
    {
        double sum = 0;
        for (int place = from; place < to; place++)
        {
            ReadOnlySpan<float> h = trace.Layers[0].H(place / trace.Lanes + 1, place % trace.Lanes);
            ReadOnlySpan<float> y = target.AsSpan(place * h.Length, h.Length);
            sum += Difference(h, y, seeds.At(place)[..h.Length]);
        }
        return sum / 2;
    }

    private static double Difference(ReadOnlySpan<float> h, ReadOnlySpan<float> y, Span<float> d)
    {
        ReadOnlySpan<System.Numerics.Vector<float>> hs = MemoryMarshal.Cast<float, System.Numerics.Vector<float>>(h),
            ys = MemoryMarshal.Cast<float, System.Numerics.Vector<float>>(y);
        Span<System.Numerics.Vector<float>> ds = MemoryMarshal.Cast<float, System.Numerics.Vector<float>>(d);
        System.Numerics.Vector<float> squares = default;
        for (int i = 0; i < hs.Length; i++)
        {
            ds[i] = hs[i] - ys[i];
            squares += ds[i] * ds[i];
        }
        double sum = System.Numerics.Vector.Sum(squares);
        for (int i = hs.Length * System.Numerics.Vector<float>.Count; i < h.Length; i++)
        {
            d[i] = h[i] - y[i];
            sum += d[i] * d[i];
        }
        return sum;
    }

    internal static Network VectorNetwork(Cell cell, Shape shape, int outputs) =>
        new()
        {
            Cell = cell,
            Inputs = shape.I,
            Hidden = shape.H,
            Outputs = outputs,
        };

    private const int Vocabulary = 64;

    private static Network WordNetwork(Cell cell, Shape shape) =>
        new()
        {
            Cell = cell,
            Words = Vocabulary,
            Embedding = shape.I,
            Hidden = shape.H,
            Outputs = 0,
        };

    internal static Batch Vectors(Shape shape)
    {
        double[] target = new double[shape.T * shape.B];
        return Batch.OfValues(
            Array.ConvertAll(Normal(shape.T * shape.B * shape.I), x => (double)x),
            shape.T,
            shape.B,
            shape.I,
            new ValueTargets(target, 1)
        );
    }

    private static Batch Words(Shape shape)
    {
        int places = shape.T * shape.B;
        return Batch.OfIds([.. Enumerable.Range(0, places).Select(i => i * 37 % Vocabulary)], shape.T, shape.B, ClassTargets.None(places));
    }

    internal static float[] Normal(int count)
    {
        var random = new RandomStream(1, 1);
        float[] numbers = new float[count];
        foreach (ref float number in numbers.AsSpan())
            number = (float)random.NextNormal();
        return numbers;
    }
}
