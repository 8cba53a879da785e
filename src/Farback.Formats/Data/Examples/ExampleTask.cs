using System.Runtime.CompilerServices;
using Farback.Sequences;

namespace Farback.Formats;

/// <summary>Sequences of words or vectors, each with one answer at one time, held in memory.</summary>
/// <remarks>Training sequences are drawn independently (with replacement), so that a place in the data is the state of a random stream and nothing else.</remarks>
public abstract class ExampleTask : FileTask
{
    /// <summary>No sequence may be longer.</summary>
    public const int MostSteps = 1 << 16;

    private readonly Dictionary<Split, Example[]> _parts;

    // which examples a batch holds, for as long as somebody holds the batch
    private readonly ConditionalWeakTable<Batch, Example[]> _sources = [];

    private protected ExampleTask(
        string name,
        int inputs,
        Vocabulary? vocabulary,
        IReadOnlyList<string> classes,
        Dictionary<Split, Example[]> parts
    )
    {
        (Name, Inputs, OutputWords, _parts) = (name, inputs, classes, parts);
        InputWords = vocabulary?.Words ?? [];
        Shares = new double[classes.Count];
        foreach (Example example in parts[Split.Training])
            Shares[example.Class] += 1.0 / parts[Split.Training].Length;
        Majority = Answers.Largest(Shares);
    }

    /// <inheritdoc/>
    public sealed override string Name { get; }

    /// <inheritdoc/>
    public sealed override int Inputs { get; }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<string> InputWords { get; }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<string> OutputWords { get; }

    /// <inheritdoc/>
    public sealed override int Outputs => OutputWords.Count;

    /// <inheritdoc/>
    public sealed override Answer Answer => Answer.OneClass;

    /// <summary>The most frequent class of the training part.</summary>
    public int Majority { get; }

    /// <summary>The share of each class in the training part.</summary>
    private protected double[] Shares { get; }

    /// <inheritdoc/>
    public sealed override Batch Next(TaskPlace place, int lanes)
    {
        ArgumentNullException.ThrowIfNull(place);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(lanes);
        return Make(Draw(_parts[Split.Training], place.Random, lanes));
    }

    /// <inheritdoc/>
    public sealed override IEnumerable<Batch> Held(Split split, int lanes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(lanes);
        return _parts[split].Chunk(lanes).Select(Make);
    }

    /// <inheritdoc/>
    public override Judge NewJudge() => new ExampleJudge(this);

    /// <summary>Draws training examples.</summary>
    private protected virtual Example[] Draw(Example[] training, Numbers.RandomStream random, int lanes)
    {
        Example[] drawn = new Example[lanes];
        for (int lane = 0; lane < lanes; lane++)
            drawn[lane] = training[random.Next(training.Length)];
        return drawn;
    }

    /// <summary>The examples of one part.</summary>
    internal Example[] Part(Split split) => _parts[split];

    /// <summary>The example in each lane of a batch of this task.</summary>
    internal Example[] SourcesOf(Batch batch) =>
        _sources.TryGetValue(batch, out Example[]? examples)
            ? examples
            : throw new ArgumentException($"batch: it was not made by the task {Name}; expected one that its Next or Held gave.");

    private Batch Make(Example[] examples)
    {
        int lanes = examples.Length;
        int size = Math.Max(1, Inputs);
        int[] lengths = [.. examples.Select(example => Inputs > 0 ? example.Values.Length / size : example.Ids.Length)];
        int times = lengths.Max();
        int[] targets = new int[times * lanes];
        Array.Fill(targets, ClassTargets.Ignored);
        for (int lane = 0; lane < lanes; lane++)
            targets[examples[lane].At * lanes + lane] = examples[lane].Class;
        Batch batch =
            Inputs > 0
                ? Batch.OfValues(
                    Padded(examples, example => example.Values, lengths, times, size),
                    times,
                    lanes,
                    size,
                    new ClassTargets(targets),
                    lengths
                )
                : Batch.OfIds(
                    Padded(examples, example => example.Ids, lengths, times, 1),
                    times,
                    lanes,
                    new ClassTargets(targets),
                    lengths
                );
        _sources.Add(batch, examples);
        return batch;
    }

    private static T[] Padded<T>(Example[] examples, Func<Example, T[]> inputs, int[] lengths, int times, int size)
    {
        T[] all = new T[times * examples.Length * size];
        for (int lane = 0; lane < examples.Length; lane++)
        {
            T[] values = inputs(examples[lane]);
            for (int time = 0; time < lengths[lane]; time++)
                values.AsSpan(time * size, size).CopyTo(all.AsSpan((time * examples.Length + lane) * size));
        }
        return all;
    }
}
