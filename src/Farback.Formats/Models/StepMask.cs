using Farback.Sequences;

namespace Farback.Formats;

/// <summary>The steps that a model passes over: state and answer stay as they were (Keras' Masking, and Embedding with mask_zero).</summary>
/// <remarks>
///   A network that never sees these steps computes the same at all others, whether they stand at the end, at the front or in the middle, and
///   in both directions: leaving them out is exact, and so is the gradient. Times and lags then count the steps that are left.
/// </remarks>
/// <param name="IsOfWords">Whether steps are words; otherwise they are vectors.</param>
/// <param name="Number">The word that is passed over, or the number that a vector passed over consists of.</param>
public sealed record StepMask(bool IsOfWords, double Number)
{
    /// <summary>Whether a word is passed over.</summary>
    public bool Leaves(int word) => IsOfWords && word == Number;

    /// <summary>Whether a vector is passed over; compared as floats, in which Keras keeps its inputs.</summary>
    public bool Leaves(ReadOnlySpan<double> values)
    {
        foreach (double value in values)
            if ((float)value != (float)Number)
                return false;
        return !IsOfWords;
    }

    /// <summary>A batch without the steps that are passed over: each lane's others follow one another, and its length is their number.</summary>
    /// <param name="batch">Targets go with their steps; those of steps passed over are left out, as Keras masks its losses.</param>
    /// <exception cref="ArgumentException">The batch holds vectors where the mask is of words, or words where it is of vectors.</exception>
    public Batch Without(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (IsOfWords != batch.Ids is not null)
            throw new ArgumentException($"batch: expected {(IsOfWords ? "words" : "vectors")}, of which the mask is.");
        int lanes = batch.Lanes;
        int[] lengths = new int[lanes];
        int[] from = new int[batch.Times * lanes]; // the place that each place takes its step from
        for (int lane = 0; lane < lanes; lane++)
        for (int time = 0, left = batch.Lengths[lane]; time < batch.Times; time++)
        {
            int place = time * lanes + lane;
            bool isKept =
                time < batch.Lengths[lane]
                && !(batch.Ids is { } ids ? Leaves(ids[place]) : Leaves(batch.Values.AsSpan(place * batch.Inputs, batch.Inputs)));
            // those that are left out go behind, where nothing is read
            int to =
                isKept ? lengths[lane]++
                : time < batch.Lengths[lane] ? --left
                : time;
            from[to * lanes + lane] = place;
        }
        T[] Moved<T>(T[] all, int size)
        {
            var moved = new T[all.Length];
            for (int place = 0; place < from.Length; place++)
                all.AsSpan(from[place] * size, size).CopyTo(moved.AsSpan(place * size));
            return moved;
        }
        Targets targets = batch.Targets switch
        {
            ClassTargets classes => new ClassTargets(Moved(classes.Classes, 1)),
            ValueTargets values => new ValueTargets(Moved(values.Values, values.Size), values.Size),
            Targets other => throw new NotSupportedException($"targets of type {other.GetType().Name} cannot be moved with their steps."),
        };
        return batch.Ids is { } words
            ? Batch.OfIds(Moved(words, 1), batch.Times, lanes, targets, lengths)
            : Batch.OfValues(Moved(batch.Values!, batch.Inputs), batch.Times, lanes, batch.Inputs, targets, lengths);
    }
}
