namespace Farback.Sequences;

/// <summary>What a read-out means, and so which loss it is trained with.</summary>
public enum Answer
{
    /// <summary>One class out of several: softmax cross entropy on <see cref="ClassTargets"/>.</summary>
    OneClass,

    /// <summary>Real numbers: squared error on <see cref="ValueTargets"/>.</summary>
    Numbers,
}

/// <summary>Which part of the data.</summary>
public enum Split
{
    /// <summary>What is trained on.</summary>
    Training,

    /// <summary>What is looked at during training: it may decide when to stop and which weights are kept.</summary>
    Validation,

    /// <summary>What is looked at once, at the end.</summary>
    Test,
}

/// <summary>Something to learn: where batches come from, what shape it gives a network, how answers are judged.</summary>
/// <remarks>A task is only read: several trainings may share one. All that changes while training walks through the data is in a <see cref="TaskPlace"/>.</remarks>
public abstract class LearningTask
{
    /// <summary>The word by which it is chosen, or the name of the file.</summary>
    public abstract string Name { get; }

    /// <summary>The number of different input words; 0 where inputs are vectors.</summary>
    public virtual int Words => InputWords.Count;

    /// <summary>The size of an input vector; 0 where inputs are words.</summary>
    public virtual int Inputs => 0;

    /// <summary>The size of the read-out.</summary>
    public abstract int Outputs { get; }

    /// <summary>What the read-out means.</summary>
    public abstract Answer Answer { get; }

    /// <summary>The input words by number: saved with the model, so that new input is read alike. Empty where inputs are vectors.</summary>
    public virtual IReadOnlyList<string> InputWords => [];

    /// <summary>The classes by number, where they have names.</summary>
    public virtual IReadOnlyList<string> OutputWords => [];

    /// <summary>The lag from the answer back to what it depends on, where the task knows it.</summary>
    public virtual int? NeededLag => null;

    /// <summary>Whether each lane of a training batch continues where the same lane of the last one ended (long text).</summary>
    public virtual bool CarriesState => false;

    /// <summary>Whether the lanes of held-out batches go on likewise, from a batch to the next of as many lanes.</summary>
    public virtual bool HeldCarriesState => false;

    /// <summary>What a careful reader wants to know, one sentence each: how it was read and split, with counts, and what was dropped and why.</summary>
    public virtual IReadOnlyList<string> Facts => [];

    /// <summary>The next training batch from a place in the data, which moves on.</summary>
    public abstract Batch Next(TaskPlace place, int lanes);

    /// <summary>The batches of a held-out part, always the same, at most <paramref name="lanes"/> lanes each.</summary>
    public abstract IEnumerable<Batch> Held(Split split, int lanes);

    /// <summary>Somebody who judges answers, with nothing judged yet.</summary>
    public abstract Judge NewJudge();
}

/// <summary>Where training stands in the data: all that a checkpoint needs to go on with the same batches.</summary>
public sealed class TaskPlace
{
    /// <summary>The beginning, for a seed.</summary>
    public TaskPlace(long seed) => Random = new(seed, Purpose);

    private const int Purpose = 3000; // the stream of the batches' order, apart from that of parameters and dropout

    /// <summary>The random numbers that draw batches.</summary>
    public Numbers.RandomStream Random { get; }

    /// <summary>The position in data that is read in order; 0 where batches are drawn.</summary>
    public long Position { get; set; }
}

/// <summary>The read-out at a time and lane of a batch.</summary>
public delegate ReadOnlySpan<double> ReadOut(int time, int lane);

/// <summary>Judges a network's answers batch by batch.</summary>
public abstract class Judge
{
    /// <summary>Takes the answers to one batch.</summary>
    public abstract void Add(Batch batch, ReadOut output);

    /// <summary>What they come to; the first is the one that training is judged by.</summary>
    public abstract IReadOnlyList<Score> Scores { get; }
}

/// <summary>One number that says how good the answers are.</summary>
/// <param name="Name">accuracy, bits per character, mean squared error.</param>
/// <param name="Value">The number; NaN where nothing was judged.</param>
/// <param name="Count">How many answers it rests on.</param>
/// <param name="HigherIsBetter">Whether more is better.</param>
/// <param name="Baselines">What simple methods get on the same answers: majority, naive, bigram.</param>
/// <param name="Breakdown">The same number by distance, by attractors, by paradigm, by class.</param>
public sealed record Score(
    string Name,
    double Value,
    long Count,
    bool HigherIsBetter,
    IReadOnlyList<Baseline>? Baselines = null,
    IReadOnlyList<ScorePart>? Breakdown = null
);

/// <summary>What a simple method gets.</summary>
/// <param name="Name">The method.</param>
/// <param name="Value">Its score on the same answers.</param>
public sealed record Baseline(string Name, double Value);

/// <summary>A score over part of the answers.</summary>
/// <param name="By">What the parts are told apart by: distance.</param>
/// <param name="Key">Which part: 7.</param>
/// <param name="Value">Its score.</param>
/// <param name="Count">How many answers it rests on.</param>
/// <param name="Baseline">What the simplest method gets there, where one is known.</param>
public sealed record ScorePart(string By, string Key, double Value, long Count, double? Baseline = null);
