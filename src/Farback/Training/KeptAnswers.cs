using Farback.Networks;
using Farback.Sequences;

namespace Farback.Training;

/// <summary>The read-outs of a run in segments at the places with a loss, for a judge who asks after the run.</summary>
/// <remarks>Memory: a number for every place, and the outputs of those with a loss.</remarks>
internal sealed class KeptAnswers<T>
    where T : unmanaged
{
    private readonly Batch _batch;
    private readonly int[] _row; // of each place [time][lane], or −1
    private readonly T[] _answers; // [row][output]
    private readonly int _outputs;

    public KeptAnswers(Batch batch, int outputs)
    {
        (_batch, _outputs) = (batch, outputs);
        _row = new int[batch.Times * batch.Lanes];
        int rows = 0;
        for (int place = 0; place < _row.Length; place++)
            _row[place] = batch.HasLoss(place / batch.Lanes, place % batch.Lanes) ? rows++ : -1;
        _answers = new T[(long)rows * outputs];
    }

    /// <summary>Takes the read-outs of a segment.</summary>
    public void Take(Trace<T> segment)
    {
        int end = Math.Min(segment.Times, _batch.Times - segment.From);
        for (int time = 0; time < end; time++)
        for (int lane = 0; lane < _batch.Lanes; lane++)
            if (_row[segment.Place(time, lane)] is >= 0 and int row)
                segment.ReadOut(time, lane).CopyTo(_answers.AsSpan(row * _outputs, _outputs));
    }

    /// <summary>The read-out at a place.</summary>
    /// <exception cref="InvalidOperationException">The place has no loss.</exception>
    public ReadOnlySpan<T> At(int time, int lane) =>
        _row[time * _batch.Lanes + lane] is >= 0 and int row
            ? _answers.AsSpan(row * _outputs, _outputs)
            : throw new InvalidOperationException(
                $"answers: the sequence is too long to be kept whole, and its read-out at step {time} of lane {lane}, which has no target, was not kept."
            );
}
