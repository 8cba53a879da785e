using System.Globalization;

namespace Farback.Sequences;

/// <summary>A task whose sequences are drawn when they are needed, so that none is trained on twice but by chance.</summary>
/// <remarks>
///   Training draws from its <see cref="TaskPlace"/>, without end; validation and test are the first <see cref="HeldSequences"/> of two
///   streams of their own, set by <see cref="Seed"/> alone: they are the same for every training and for every number of lanes.
///   All sequences are padded to one length, so that a trainer's memory is made once.
/// </remarks>
public abstract class GeneratedTask : LearningTask
{
    private const int PurposeOfValidation = 3001,
        PurposeOfTest = 3002; // beside the purpose of the training stream in TaskPlace

    private protected const int MostSteps = 1_000_000;

    private protected GeneratedTask(int held, long seed)
    {
        Expect("held", held, 1, 1_000_000, "so many sequences are validated on, and as many tested");
        (HeldSequences, Seed) = (held, seed);
    }

    /// <summary>How many sequences validation has, and how many the test.</summary>
    public int HeldSequences { get; }

    /// <summary>The seed of validation and test.</summary>
    public long Seed { get; }

    /// <summary>The next sequences of a stream, lane after lane: where they are cut into batches makes no difference.</summary>
    protected abstract Batch Draw(RandomStream random, int lanes);

    /// <inheritdoc/>
    public sealed override Batch Next(TaskPlace place, int lanes)
    {
        ArgumentNullException.ThrowIfNull(place);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(lanes);
        return Draw(place.Random, lanes);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">Training is asked for, which has no end, or there is no lane.</exception>
    public sealed override IEnumerable<Batch> Held(Split split, int lanes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(lanes);
        int purpose = split switch
        {
            Split.Validation => PurposeOfValidation,
            Split.Test => PurposeOfTest,
            _ => throw new ArgumentException(
                $"split: expected Validation or Test, got {split}; {Name} draws training sequences without end."
            ),
        };
        return Batches();

        IEnumerable<Batch> Batches()
        {
            RandomStream random = new(Seed, purpose);
            for (int done = 0; done < HeldSequences; done += lanes)
                yield return Draw(random, Math.Min(lanes, HeldSequences - done));
        }
    }

    // how an input reads in an example
    private protected virtual string InputText(Batch batch, int place) => InputWords[batch.Ids![place]];

    private protected TaskExample Example(string caption, long seed)
    {
        Batch batch = Draw(new RandomStream(seed), 1);
        string TargetText(int time) =>
            !batch.HasLoss(time, 0) ? ""
            : batch.Targets is ClassTargets classes ? OutputWords[classes.Classes[time]]
            : ((ValueTargets)batch.Targets).At(time)[0].ToString("0.00", CultureInfo.InvariantCulture);
        int[] times = [.. Enumerable.Range(0, batch.Lengths[0])];
        return new(caption, [.. times.Select(time => InputText(batch, time))], [.. times.Select(TargetText)]);
    }

    private protected static void Expect(string knob, double found, double least, double most, string why)
    {
        if (!(found >= least && found <= most))
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"{knob}: expected {least:0.###} to {most:0.###}, got {found}; {why}.")
            );
    }

    // the two knobs that every generator has
    private protected static TaskKnob[] HeldKnobs { get; } =
    [
        new("held", "1000", "sequences that are validated on, and as many tested, from streams of their own"),
        new("task-seed", "1", "the seed of those two streams; what is trained on follows the seed of the training"),
    ];
}
