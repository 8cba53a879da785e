using System.Globalization;

namespace Farback.Sequences;

/// <summary>The copying memory problem: S symbols out of K, a delay of T, then the same symbols again.</summary>
/// <remarks>
///   Input, T + 2S steps: S symbols, each uniform among K; T − 1 blanks; one delimiter; S blanks. Target: T + S blanks, then the S symbols:
///   at t = T + S + i the input of k = i, a lag of T + S throughout. S = 10 and K = 8 are the standard. Without memory the blanks are
///   certain and every symbol costs ln K: a cross entropy of S·ln K / (T + 2S) over all steps. Only recalled symbols count as accuracy.
///   Source: Hochreiter &amp; Schmidhuber 1997 had the idea; this definition and baseline, Arjovsky, Shah &amp; Bengio 2016, section 4.1.
/// </remarks>
public sealed class CopyTask : GeneratedTask
{
    private readonly string[] _symbols;

    /// <exception cref="ArgumentException">A knob is out of range.</exception>
    public CopyTask(int delay = 50, int copied = 10, int symbols = 8, int held = 1000, long seed = 1)
        : base(held, seed)
    {
        Expect("delay", delay, 1, MostSteps, "the delimiter alone is one step");
        Expect("copied", copied, 1, 1000, "so many symbols are to be recalled");
        Expect("symbols", symbols, 2, 1000, "with a single one there is nothing to remember");
        (Delay, Copied, Symbols) = (delay, copied, symbols);
        _symbols = [.. Enumerable.Range(1, symbols).Select(symbol => symbol.ToString(CultureInfo.InvariantCulture))];
    }

    /// <summary>T, from the last symbol to the first recalled one, without either.</summary>
    public int Delay { get; }

    /// <summary>S, how many symbols are recalled.</summary>
    public int Copied { get; }

    /// <summary>K, how many different symbols there are.</summary>
    public int Symbols { get; }

    /// <summary>T + 2S, the steps of a sequence.</summary>
    public int Length => Delay + 2 * Copied;

    /// <summary>S·ln K / (T + 2S): the cross entropy, over all steps, of knowing when but not what.</summary>
    public double Baseline => Copied * Math.Log(Symbols) / Length;

    /// <inheritdoc/>
    public override string Name => "copy";

    /// <summary>The symbols, the blank and the delimiter.</summary>
    public override IReadOnlyList<string> InputWords => [.. _symbols, "_", ":"];

    /// <inheritdoc/>
    public override int Words => Symbols + 2;

    /// <summary>The symbols and the blank.</summary>
    public override IReadOnlyList<string> OutputWords => [.. _symbols, "_"];

    /// <inheritdoc/>
    public override int Outputs => Symbols + 1;

    /// <inheritdoc/>
    public override Answer Answer => Answer.OneClass;

    /// <summary>T + S, the same for every recalled symbol.</summary>
    public override int? NeededLag => Delay + Copied;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Facts =>
        [
            $"Every recalled symbol lies {Delay + Copied} steps back; the blanks before need no memory but of the time.",
            string.Create(
                CultureInfo.InvariantCulture,
                $"Without memory the cross entropy over all {Length} steps is {Baseline:0.0000} nats."
            ),
        ];

    /// <inheritdoc/>
    protected override Batch Draw(RandomStream random, int lanes)
    {
        int blank = Symbols,
            delimiter = Symbols + 1;
        int[] ids = new int[Length * lanes];
        int[] classes = new int[Length * lanes];
        Array.Fill(ids, blank);
        Array.Fill(classes, blank);
        for (int lane = 0; lane < lanes; lane++)
        {
            for (int i = 0; i < Copied; i++)
            {
                int symbol = random.Next(Symbols);
                ids[i * lanes + lane] = symbol;
                classes[(Delay + Copied + i) * lanes + lane] = symbol;
            }
            ids[(Delay + Copied - 1) * lanes + lane] = delimiter;
        }
        return Batch.OfIds(ids, Length, lanes, new ClassTargets(classes));
    }

    /// <inheritdoc/>
    public override Judge NewJudge()
    {
        string[] places = [.. Enumerable.Range(1, Copied).Select(place => place.ToString(CultureInfo.InvariantCulture))];
        int first = Delay + Copied;
        return new GeneratedClassJudge(
            "recalled symbols",
            "place",
            places,
            (time, _) => time < first ? null : places[time - first],
            1.0 / Symbols,
            Baseline
        );
    }

    /// <summary>Name, question, knobs and three examples, as a list of tasks shows them.</summary>
    public static TaskDescription Describe() =>
        new(
            "copy",
            "Keep a few symbols over a delay and say them again, in order, after the delimiter.",
            [
                new("delay", "50", "steps between the last symbol and the first recalled one; every lag is delay + copied"),
                new("copied", "10", "symbols to be recalled"),
                new("symbols", "8", "different symbols"),
                .. HeldKnobs,
            ],
            [
                new CopyTask(4, 3, 8).Example("Three symbols, a delay of 4; the delimiter « : » says when.", 1),
                new CopyTask(4, 3, 8).Example("The blank « _ » is to be said until then.", 2),
                new CopyTask(10, 3, 8).Example("A delay of 10.", 3),
            ]
        );

    internal static CopyTask Read(KnobReader knobs) =>
        new(knobs.Whole("delay"), knobs.Whole("copied"), knobs.Whole("symbols"), knobs.Whole("held"), knobs.Long("task-seed"));
}
