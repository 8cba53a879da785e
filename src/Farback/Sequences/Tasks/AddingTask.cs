using System.Globalization;

namespace Farback.Sequences;

/// <summary>The adding problem: the sum of the two marked numbers, after the last of T steps.</summary>
/// <remarks>
///   x_t = (u_t, m_t), u_t ~ U[0, 1); m_t is 1 at two steps, one uniform in 0 … ⌈T/2⌉ − 1 and one in the rest, else 0; target Σ_t m_t u_t
///   at t = T − 1. Always saying 1 gets the variance of the sum, 2/12 = 1/6, as mean squared error. It counts as learned below 0.01.
///   Source: Hochreiter &amp; Schmidhuber 1997, experiment 4 (there U[−1, 1], random lengths, a scaled target); with U[0, 1] and an unscaled sum
///   Le, Jaitly &amp; Hinton 2015; with one marker in each half Arjovsky, Shah &amp; Bengio 2016, section 4.2.
/// </remarks>
public sealed class AddingTask : GeneratedTask
{
    /// <summary>The mean squared error below which the literature calls it learned.</summary>
    public const double Learned = 0.01;

    /// <summary>The mean squared error of always saying 1: 1/6.</summary>
    public const double Baseline = 1.0 / 6;

    /// <exception cref="ArgumentException">A knob is out of range.</exception>
    public AddingTask(int length = 50, int held = 1000, long seed = 1)
        : base(held, seed)
    {
        Expect("length", length, 2, MostSteps, "two numbers are to be added");
        Length = length;
    }

    /// <summary>T, the steps of a sequence.</summary>
    public int Length { get; }

    /// <inheritdoc/>
    public override string Name => "adding";

    /// <inheritdoc/>
    public override int Inputs => 2;

    /// <inheritdoc/>
    public override int Outputs => 1;

    /// <inheritdoc/>
    public override Answer Answer => Answer.Numbers;

    /// <summary>T − 1: the first marked number may be the first of all.</summary>
    public override int? NeededLag => Length - 1;

    private int FirstHalf => (Length + 1) / 2;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Facts =>
        [
            $"The first marked number lies {Length - FirstHalf} to {Length - 1} steps before the answer, the second 0 to {Length - FirstHalf - 1}.",
            "It counts as learned with a mean squared error below 0.01; always saying 1 gets 1/6.",
        ];

    /// <inheritdoc/>
    protected override Batch Draw(RandomStream random, int lanes)
    {
        double[] values = new double[Length * lanes * 2];
        double[] targets = new double[Length * lanes];
        Array.Fill(targets, double.NaN);
        for (int lane = 0; lane < lanes; lane++)
        {
            for (int time = 0; time < Length; time++)
                values[(time * lanes + lane) * 2] = random.NextDouble();
            double sum = 0;
            foreach (int marked in (ReadOnlySpan<int>)[random.Next(FirstHalf), FirstHalf + random.Next(Length - FirstHalf)])
            {
                int place = marked * lanes + lane;
                values[place * 2 + 1] = 1;
                sum += values[place * 2];
            }
            targets[(Length - 1) * lanes + lane] = sum;
        }
        return Batch.OfValues(values, Length, lanes, 2, new ValueTargets(targets, 1));
    }

    /// <inheritdoc/>
    public override Judge NewJudge() => new AddingJudge();

    /// <summary>Name, question, knobs and three examples, as a list of tasks shows them.</summary>
    public static TaskDescription Describe() =>
        new(
            "adding",
            "Add the two marked numbers of a sequence, after its last step; the rest is there to be ignored.",
            [new("length", "50", "steps of a sequence; the first marked number lies up to length − 1 steps back"), .. HeldKnobs],
            [
                new AddingTask(8).Example("A star marks a number: one in the first half, one in the second.", 1),
                new AddingTask(8).Example("The sum is due after the last step.", 2),
                new AddingTask(12).Example("Longer: the same two numbers, more to ignore.", 3),
            ]
        );

    internal static AddingTask Read(KnobReader knobs) => new(knobs.Whole("length"), knobs.Whole("held"), knobs.Long("task-seed"));

    private protected override string InputText(Batch batch, int place) =>
        batch.Values![place * 2].ToString("0.00", CultureInfo.InvariantCulture) + (batch.Values[place * 2 + 1] == 1 ? "*" : "");

    private sealed class AddingJudge : Judge
    {
        private double _sum;
        private long _count;

        public override void Add(Batch batch, ReadOut output)
        {
            ArgumentNullException.ThrowIfNull(batch);
            ArgumentNullException.ThrowIfNull(output);
            ValueTargets targets = (ValueTargets)batch.Targets;
            for (int time = 0; time < batch.Times; time++)
            for (int lane = 0; lane < batch.Lanes; lane++)
                if (batch.HasLoss(time, lane))
                {
                    double error = output(time, lane)[0] - targets.At(time * batch.Lanes + lane)[0];
                    _sum += error * error;
                    _count++;
                }
        }

        public override IReadOnlyList<Score> Scores =>
            [
                new(
                    "mean squared error",
                    _count == 0 ? double.NaN : _sum / _count,
                    _count,
                    HigherIsBetter: false,
                    [new("always 1", Baseline)]
                ),
            ];
    }
}
