using Farback.Numbers;
using Farback.Sequences;

namespace Farback.Tests.Training;

/// <summary>The smallest task there is: say the first bit of a sequence at its end. Carrying, it says the bit of some steps ago, on and on.</summary>
internal sealed class RecallTask(bool carries = false, int times = 5) : LearningTask
{
    private const int Bits = 2;

    // a text that is longer than it is read in these tests
    private readonly int[] _text = Draw(new RandomStream(77), 997);

    public override string Name => "recall";

    public override int Outputs => Bits;

    public override Answer Answer => Answer.OneClass;

    public override IReadOnlyList<string> InputWords => ["zero", "one"];

    public override bool CarriesState => carries;

    public override bool HeldCarriesState => carries;

    public override Batch Next(TaskPlace place, int lanes)
    {
        if (!carries)
            return Recall(place.Random, lanes);
        long at = place.Position;
        place.Position += times;
        return Text((int)at, lanes);
    }

    public override IEnumerable<Batch> Held(Split split, int lanes)
    {
        var random = new RandomStream(5, (int)split);
        for (int batch = 0; batch < 2; batch++)
            yield return carries ? Text(400 + batch * times, lanes) : Recall(random, lanes);
    }

    public override Judge NewJudge() => new Counter();

    private Batch Recall(RandomStream random, int lanes)
    {
        int[] ids = Draw(random, times * lanes);
        int[] classes = [.. ids.Select((_, place) => place / lanes == times - 1 ? ids[place % lanes] : ClassTargets.Ignored)];
        return Batch.OfIds(ids, times, lanes, new ClassTargets(classes));
    }

    // each lane reads the text from another place; the answer is the bit of one batch ago: only a carried state knows it
    private Batch Text(int from, int lanes)
    {
        int At(int place) => from + place / lanes + 37 * (place % lanes);
        int[] places = [.. Enumerable.Range(0, times * lanes)];
        return Batch.OfIds(
            [.. places.Select(place => _text[At(place) % _text.Length])],
            times,
            lanes,
            new ClassTargets([.. places.Select(place => _text[Math.Max(0, At(place) - 2) % _text.Length])])
        );
    }

    private static int[] Draw(RandomStream random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(Bits))];

    private sealed class Counter : Judge
    {
        private Tally _right;

        public override void Add(Batch batch, ReadOut output)
        {
            for (int time = 0; time < batch.Times; time++)
            for (int lane = 0; lane < batch.Lanes; lane++)
                if (batch.HasLoss(time, lane))
                {
                    ReadOnlySpan<double> said = output(time, lane);
                    bool right = said[1] > said[0] == (((ClassTargets)batch.Targets).Classes[time * batch.Lanes + lane] == 1);
                    _right += new Tally(right ? 1 : 0, 1);
                }
        }

        public override IReadOnlyList<Score> Scores => [new("accuracy", _right.Share, _right.Count, true)];
    }
}
