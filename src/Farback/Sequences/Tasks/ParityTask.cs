namespace Farback.Sequences;

/// <summary>Parity: whether the ones among T bits are even or odd in number, said after the last.</summary>
/// <remarks>
///   x_t uniform in {0, 1}; target Σ_t x_t mod 2 at t = T − 1. Every bit counts as much as every other, the first at lag T − 1; no proper
///   subset of them tells anything. Source: Minsky &amp; Papert 1969; as a sequence with one target at its end Bengio, Simard &amp; Frasconi 1994.
/// </remarks>
public sealed class ParityTask : GeneratedTask
{
    private static readonly string[] Bits = ["0", "1"];
    private static readonly string[] Parities = ["even", "odd"];

    /// <exception cref="ArgumentException">A knob is out of range.</exception>
    public ParityTask(int length = 10, int held = 1000, long seed = 1)
        : base(held, seed)
    {
        Expect("length", length, 1, MostSteps, "it counts the bits");
        Length = length;
    }

    /// <summary>T, the number of bits.</summary>
    public int Length { get; }

    /// <inheritdoc/>
    public override string Name => "parity";

    /// <inheritdoc/>
    public override IReadOnlyList<string> InputWords => Bits;

    /// <inheritdoc/>
    public override IReadOnlyList<string> OutputWords => Parities;

    /// <inheritdoc/>
    public override int Outputs => Parities.Length;

    /// <inheritdoc/>
    public override Answer Answer => Answer.OneClass;

    /// <summary>T − 1, to the first bit.</summary>
    public override int? NeededLag => Length - 1;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Facts =>
        [
            $"The answer needs every bit, 0 to {Length - 1} steps back; without one of them it is a guess.",
            "Few bits make few different sequences: held-out ones may then have been trained on.",
        ];

    /// <inheritdoc/>
    protected override Batch Draw(RandomStream random, int lanes)
    {
        int[] ids = new int[Length * lanes];
        int[] classes = new int[Length * lanes];
        Array.Fill(classes, ClassTargets.Ignored);
        for (int lane = 0; lane < lanes; lane++)
        {
            int parity = 0;
            for (int time = 0; time < Length; time++)
                parity ^= ids[time * lanes + lane] = random.Next(2);
            classes[(Length - 1) * lanes + lane] = parity;
        }
        return Batch.OfIds(ids, Length, lanes, new ClassTargets(classes));
    }

    /// <inheritdoc/>
    public override Judge NewJudge() => new GeneratedClassJudge(Parities);

    /// <summary>Name, question, knobs and three examples, as a list of tasks shows them.</summary>
    public static TaskDescription Describe() =>
        new(
            "parity",
            "Say after the last bit whether the ones were even or odd in number; every bit counts.",
            [new("length", "10", "bits"), .. HeldKnobs],
            [
                new ParityTask(6).Example("Six bits.", 1),
                new ParityTask(6).Example("Six others.", 2),
                new ParityTask(12).Example("Twelve.", 3),
            ]
        );

    internal static ParityTask Read(KnobReader knobs) => new(knobs.Whole("length"), knobs.Whole("held"), knobs.Long("task-seed"));
}
