using System.Globalization;

namespace Farback.Sequences;

/// <summary>The two-sequence latch problem: the first steps tell the class, noise follows, the class is asked at the end.</summary>
/// <remarks>
///   x_t = +1 or −1, the class, for the first N steps, then Gaussian noise of mean 0 and variance v until the end, at a length uniform in
///   T … T + ⌊T/10⌋; two classes of equal chance, asked at the last step. N = 3 and v = 0.2 are the standard; the signal is not marked, so a
///   network has to latch on it and to withstand the noise on the same line.
///   Source: Bengio, Simard &amp; Frasconi 1994; these values, Hochreiter &amp; Schmidhuber 1997, experiment 3a (there a squared error of one
///   logistic output; here a softmax of two).
/// </remarks>
public sealed class LatchTask : GeneratedTask
{
    private static readonly string[] Classes = ["down", "up"];

    /// <exception cref="ArgumentException">A knob is out of range.</exception>
    public LatchTask(int length = 50, int informative = 3, double variance = 0.2, int held = 1000, long seed = 1)
        : base(held, seed)
    {
        Expect("length", length, 1, MostSteps, "it is the least number of steps");
        Expect("informative", informative, 1, length, "so many of the first steps tell the class, at most all of them");
        Expect("variance", variance, 0, 1e6, "it is the noise's, beside a signal of 1");
        (Length, Informative, Variance) = (length, informative, variance);
    }

    /// <summary>T, the least number of steps.</summary>
    public int Length { get; }

    /// <summary>T + ⌊T/10⌋, to which all are padded.</summary>
    public int Longest => Length + Length / 10;

    /// <summary>N, how many of the first steps tell the class.</summary>
    public int Informative { get; }

    /// <summary>v, the variance of the noise.</summary>
    public double Variance { get; }

    /// <inheritdoc/>
    public override string Name => "latch";

    /// <inheritdoc/>
    public override int Inputs => 1;

    /// <inheritdoc/>
    public override IReadOnlyList<string> OutputWords => Classes;

    /// <inheritdoc/>
    public override int Outputs => Classes.Length;

    /// <inheritdoc/>
    public override Answer Answer => Answer.OneClass;

    /// <summary>From the last step of the longest back to the last that tells the class: T + ⌊T/10⌋ − N.</summary>
    public override int? NeededLag => Longest - Informative;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Facts =>
        [
            $"The last step that tells the class lies {Length - Informative} to {Longest - Informative} steps before the answer, the first {Length - 1} to {Longest - 1}.",
            "A guess gets half of them right.",
        ];

    /// <inheritdoc/>
    protected override Batch Draw(RandomStream random, int lanes)
    {
        double deviation = Math.Sqrt(Variance);
        double[] values = new double[Longest * lanes];
        int[] classes = new int[Longest * lanes];
        int[] lengths = new int[lanes];
        Array.Fill(classes, ClassTargets.Ignored);
        for (int lane = 0; lane < lanes; lane++)
        {
            lengths[lane] = Length + random.Next(Longest - Length + 1);
            int which = random.Next(Classes.Length);
            for (int time = 0; time < lengths[lane]; time++)
                values[time * lanes + lane] = time < Informative ? 2 * which - 1 : deviation * random.NextNormal();
            classes[(lengths[lane] - 1) * lanes + lane] = which;
        }
        return Batch.OfValues(values, Longest, lanes, 1, new ClassTargets(classes), lengths);
    }

    /// <inheritdoc/>
    public override Judge NewJudge() => new GeneratedClassJudge(Classes);

    /// <summary>Name, question, knobs and three examples, as a list of tasks shows them.</summary>
    public static TaskDescription Describe() =>
        new(
            "latch",
            "The first steps tell the class, noise follows on the same line; say the class at the end.",
            [
                new("length", "50", "least number of steps; a tenth more at most"),
                new("informative", "3", "first steps that tell the class: +1 or −1"),
                new("variance", "0.2", "variance of the noise after them"),
                .. HeldKnobs,
            ],
            [
                new LatchTask(9).Example("Three steps tell the class.", 5),
                new LatchTask(9).Example("The noise tells nothing.", 7),
                new LatchTask(12, 1).Example("One step tells it.", 6),
            ]
        );

    internal static LatchTask Read(KnobReader knobs) =>
        new(knobs.Whole("length"), knobs.Whole("informative"), knobs.Number("variance"), knobs.Whole("held"), knobs.Long("task-seed"));

    private protected override string InputText(Batch batch, int place) =>
        // adding 0 turns the −0 of rounding into 0
        (Math.Round(batch.Values![place], 2) + 0.0).ToString("0.00", CultureInfo.InvariantCulture);
}
