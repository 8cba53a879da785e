namespace Farback.Sequences;

/// <summary>Temporal order: two symbols X or Y among many others; which came in which order, said at the end.</summary>
/// <remarks>
///   A sequence of length L, uniform in a range: E at first, B at last as the trigger, between them symbols uniform in {a, b, c, d}, but for
///   two that are X or Y with equal chance: one at a step uniform in [L/10, 2L/10], one in [4L/10, 5L/10], both ends included and rounded
///   down. Four classes, XX, XY, YX, YY, asked at t = L − 1. It counts as learned with less than 1 % wrong.
///   Source: Hochreiter &amp; Schmidhuber 1997, experiment 6a (L from 100 to 110, the steps 10–20 and 50–60); lengths as a range with places
///   that scale, Martens &amp; Sutskever 2011, Pascanu, Mikolov &amp; Bengio 2013 (L from 50 to 200).
/// </remarks>
public sealed class TemporalOrderTask : GeneratedTask
{
    /// <summary>The accuracy above which the literature calls it learned.</summary>
    public const double Learned = 0.99;

    private static readonly string[] Symbols = ["E", "B", "X", "Y", "a", "b", "c", "d"];
    private static readonly string[] Orders = ["XX", "XY", "YX", "YY"];
    private const int Start = 0,
        Trigger = 1,
        X = 2,
        FirstOther = 4;

    /// <exception cref="ArgumentException">A knob is out of range.</exception>
    public TemporalOrderTask(int shortest = 20, int longest = 50, int held = 1000, long seed = 1)
        : base(held, seed)
    {
        Expect("shortest", shortest, 10, MostSteps, "a tenth of it is the first place that X or Y may have");
        Expect("longest", longest, shortest, MostSteps, "lengths run from shortest to longest");
        (Shortest, Longest) = (shortest, longest);
    }

    /// <summary>The least length.</summary>
    public int Shortest { get; }

    /// <summary>The greatest length, to which all are padded.</summary>
    public int Longest { get; }

    /// <inheritdoc/>
    public override string Name => "temporal-order";

    /// <inheritdoc/>
    public override IReadOnlyList<string> InputWords => Symbols;

    /// <inheritdoc/>
    public override IReadOnlyList<string> OutputWords => Orders;

    /// <inheritdoc/>
    public override int Outputs => Orders.Length;

    /// <inheritdoc/>
    public override Answer Answer => Answer.OneClass;

    /// <summary>L − 1 − ⌊L/10⌋ of the longest: from the answer to the earliest place of the first symbol.</summary>
    public override int? NeededLag => Longest - 1 - Longest / 10;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Facts =>
        [
            $"The first symbol lies {Shortest - 1 - 2 * Shortest / 10} to {NeededLag} steps before the answer, the second {Shortest - 1 - 5 * Shortest / 10} to {Longest - 1 - 4 * Longest / 10}.",
            "It counts as learned with more than 99 % right; a guess gets 25 %.",
        ];

    /// <inheritdoc/>
    protected override Batch Draw(RandomStream random, int lanes)
    {
        int[] ids = new int[Longest * lanes];
        int[] classes = new int[Longest * lanes];
        int[] lengths = new int[lanes];
        Array.Fill(classes, ClassTargets.Ignored);
        for (int lane = 0; lane < lanes; lane++)
        {
            int length = lengths[lane] = Shortest + random.Next(Longest - Shortest + 1);
            ids[lane] = Start;
            for (int time = 1; time < length - 1; time++)
                ids[time * lanes + lane] = FirstOther + random.Next(Symbols.Length - FirstOther);
            ids[(length - 1) * lanes + lane] = Trigger;

            int first = Between(random, length / 10, 2 * length / 10),
                second = Between(random, 4 * length / 10, 5 * length / 10);
            int order = random.Next(Orders.Length);
            ids[first * lanes + lane] = X + order / 2;
            ids[second * lanes + lane] = X + order % 2;
            classes[(length - 1) * lanes + lane] = order;
        }
        return Batch.OfIds(ids, Longest, lanes, new ClassTargets(classes), lengths);
    }

    /// <inheritdoc/>
    public override Judge NewJudge() => new GeneratedClassJudge(Orders);

    /// <summary>Name, question, knobs and three examples, as a list of tasks shows them.</summary>
    public static TaskDescription Describe() =>
        new(
            "temporal-order",
            "Two symbols X or Y stand among many others; say at the end which they were, in their order.",
            [
                new(
                    "shortest",
                    "20",
                    "least length; the first symbol lies between 1/10 and 2/10 of a length, the second between 4/10 and 5/10"
                ),
                new("longest", "50", "greatest length; 50 to 200 is the range of Pascanu et al. 2013"),
                .. HeldKnobs,
            ],
            [
                new TemporalOrderTask(15, 15).Example("E opens, B asks.", 1),
                new TemporalOrderTask(15, 15).Example("What counts is which of the two came first.", 2),
                new TemporalOrderTask(24, 24).Example("Longer: both places scale with the length.", 3),
            ]
        );

    internal static TemporalOrderTask Read(KnobReader knobs) =>
        new(knobs.Whole("shortest"), knobs.Whole("longest"), knobs.Whole("held"), knobs.Long("task-seed"));

    private static int Between(RandomStream random, int least, int most) => least + random.Next(most - least + 1);
}
