using Farback.Sequences;

namespace Farback.Formats;

/// <summary>Squared errors in the series' own unit, beside those of repeating the last value and of saying the mean.</summary>
internal sealed class SeriesJudge(SeriesTask task) : Judge
{
    private double _network,
        _last,
        _mean;
    private long _count;

    public override void Add(Batch batch, ReadOut output)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(output);
        double[] targets = ((ValueTargets)batch.Targets).Values;
        for (int time = 0; time < batch.Times; time++)
        for (int lane = 0; lane < batch.Lanes; lane++)
        {
            if (!batch.HasLoss(time, lane))
                continue;
            int place = time * batch.Lanes + lane;
            _network += Square(output(time, lane)[0] - targets[place]);
            _last += Square(batch.Values![place] - targets[place]);
            _mean += Square(targets[place]);
            _count++;
        }
    }

    public override IReadOnlyList<Score> Scores
    {
        get
        {
            double network = _network / _count,
                last = _last / _count,
                mean = _mean / _count;
            return
            [
                new(
                    "root mean squared error",
                    Math.Sqrt(network),
                    _count,
                    HigherIsBetter: false,
                    [new("naive (last value)", Math.Sqrt(last)), new("training mean", Math.Sqrt(mean))]
                ),
                new(
                    "mean squared error",
                    network,
                    _count,
                    HigherIsBetter: false,
                    [new("naive (last value)", last), new("training mean", mean)]
                ),
            ];
        }
    }

    private double Square(double difference) => difference * task.Deviation * (difference * task.Deviation);
}
