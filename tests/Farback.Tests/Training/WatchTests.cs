using System.Runtime.InteropServices;
using Farback.Cells;
using Farback.Gradients;
using Farback.Networks;
using Farback.Numbers;
using Farback.Reports;
using Farback.Sequences;
using Farback.Training;

namespace Farback.Tests.Training;

/// <summary>A look samples rows of the map and changes nothing; each row is that of the whole map.</summary>
public sealed class WatchTests
{
    // the same arithmetic row by row, in groups of other sizes: a few roundings of sums over lags and lanes
    private const double Rounding = 1e-10;

    private static readonly SoftmaxCrossEntropy s_loss = new();

    private static Network Net(Cell cell, int layers = 1) =>
        new()
        {
            Cell = cell,
            Inputs = 3,
            Hidden = 5,
            Layers = layers,
            Outputs = 2,
        };

    // sequences of several lengths, with a target at about two places of three
    private static Batch Draw(int times, int lanes, bool everywhere = false)
    {
        RandomStream random = new(8);
        int[] lengths = [.. Enumerable.Range(0, lanes).Select(lane => everywhere ? times : times - lane % 3)];
        int[] classes = [.. Enumerable.Range(0, times * lanes).Select(_ => everywhere ? random.Next(2) : random.Next(3) - 1)];
        double[] values = [.. Enumerable.Range(0, times * lanes * 3).Select(_ => random.NextNormal())];
        return Batch.OfValues(values, times, lanes, 3, new ClassTargets(classes), lengths);
    }

    private static Model<T> Model<T>(Network network)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T> => new(network, Initial.Default.Draw(network, 2).To<T>());

    public static TheoryData<string> Every => [.. AllCells.List.Select(cell => cell.Name)];

    [Theory]
    [MemberData(nameof(Every))]
    public void Each_sampled_row_is_that_of_the_whole_map(string cell)
    {
        Model<double> model = Model<double>(Net(AllCells.Named(cell)!, layers: 2));
        Batch batch = Draw(40, 12);
        WatchRow row = new Watch<double>(model, s_loss).Look(batch, null, 7)!;
        Assert.Equal(Watch<double>.MostLanes, row.Lanes.Distinct().Count());
        Assert.Equal(Watch<double>.MostLossTimes, row.LossTimes.Distinct().Count());

        Batch some = batch.Take(row.Lanes);
        Trace<double> trace = model.Forward(some);
        GradientMap whole = GradientMap.Of(trace, LossField.Of(trace, s_loss, Reduction.Mean));
        LagProfile expected = Profiles.Of(whole, maximum: row.LargestLag, lossTimes: [.. row.LossTimes]);
        Assert.Equal(expected.Tenth, row.Tenth);
        Assert.Equal(expected.Hundredth, row.Hundredth);
        foreach (LagPoint point in row.Profile)
        {
            LagPoint same = expected.Points.Single(one => one.Lag == point.Lag);
            Assert.Equal(same.Count, point.Count);
            Assert.Equal(same.Log10Typical, point.Log10Typical, Rounding);
            Assert.Equal(same.Log10Low, point.Log10Low, Rounding);
        }
        // the two strata, each drawn row counted for those that were not drawn
        int[] all = [.. Enumerable.Range(0, some.Times).Where(t => Enumerable.Range(0, some.Lanes).Any(lane => some.HasLoss(t, lane)))];
        double Weight(int t) =>
            (double)all.Count(one => one >= row.LargestLag == t >= row.LargestLag)
            / row.LossTimes.Count(one => one >= row.LargestLag == t >= row.LargestLag);
        Assert.Equal(all.Length, row.OfLossTimes);
        foreach (LagBucket bucket in row.Shares)
            Assert.Equal(
                row.LossTimes.Sum(t =>
                    Weight(t)
                    * Enumerable
                        .Range(0, t + 1)
                        .Where(k => t - k >= bucket.First && t - k <= bucket.Last)
                        .Sum(k => whole.All.Share[whole.Entry(t, k)])
                ),
                bucket.Share.Value,
                Rounding
            );
        Assert.Equal(
            row.LossTimes.Sum(t => Weight(t) * Enumerable.Range(0, t + 1).Sum(k => double.Exp2(whole.All.Log2Norm[whole.Entry(t, k)])))
                / whole.All.GradientNorm,
            row.Cancellation.Value,
            Rounding
        );
    }

    [Fact]
    public void Where_the_sample_is_everything_shares_make_one_and_nothing_is_uncertain()
    {
        Model<double> model = Model<double>(Net(AllCells.Lstm));
        Batch batch = Draw(8, 8, everywhere: true);
        WatchRow row = new Watch<double>(model, s_loss).Look(batch, null, 0)!;
        Trace<double> trace = model.Forward(batch);
        GradientMap whole = GradientMap.Of(trace, LossField.Of(trace, s_loss, Reduction.Mean));
        Assert.Equal(1, row.Shares.Sum(bucket => bucket.Share.Value), Rounding);
        Assert.Equal(1 - row.Shares[0].Share.Value, row.Carried.Value, Rounding);
        Assert.Equal(whole.Cancellation, row.Cancellation.Value, Rounding);
        Assert.Equal(row.Carried.Value, row.Carried.Low!.Value, Rounding);
        Assert.Equal(row.Carried.Value, row.Carried.High!.Value, Rounding);
        Assert.Equal([(0, 0), (1, 1), (2, 3), (4, 7)], row.Shares.Select(bucket => (bucket.First, bucket.Last)));
    }

    [Fact]
    public void A_sequence_too_long_to_be_kept_has_the_rows_of_one_that_is()
    {
        Model<double> model = Model<double>(Net(AllCells.Gru));
        Batch batch = Draw(60, 1);
        WatchRow kept = new Watch<double>(model, s_loss).Look(batch, null, 3)!,
            inSegments = new Watch<double>(model, s_loss) { MostMemory = 1 }.Look(batch, null, 3)!;
        Assert.Equal(kept.LossTimes, inSegments.LossTimes);
        Assert.Equal(kept.Carried.Value, inSegments.Carried.Value, Rounding);
        foreach ((LagPoint one, LagPoint other) in kept.Profile.Zip(inSegments.Profile))
            Assert.Equal(one.Log10Typical, other.Log10Typical, Rounding);
        Model<double> bothWays = Model<double>(Net(AllCells.Elman) with { Bidirectional = true });
        Assert.Null(new Watch<double>(bothWays, s_loss) { MostMemory = 1 }.Look(batch, null, 3));
    }

    [Fact]
    public void The_same_step_has_the_same_look_and_another_step_another_sample()
    {
        Model<float> model = Model<float>(Net(AllCells.Lstm));
        Batch batch = Draw(50, 20);
        var watch = new Watch<float>(model, s_loss);
        WatchRow first = watch.Look(batch, null, 1)!,
            second = watch.Look(batch, null, 2)!,
            again = watch.Look(batch, null, 1)!;
        Assert.Equal(first.Lanes, again.Lanes);
        Assert.Equal(first.LossTimes, again.LossTimes);
        Assert.Equal(first.Profile, again.Profile);
        Assert.Equal(first.Shares, again.Shares);
        Assert.NotEqual(first.LossTimes.Concat(first.Lanes), second.LossTimes.Concat(second.Lanes));
    }

    [Fact]
    public void A_look_at_more_steps_than_it_walks_says_how_far_its_shares_reach()
    {
        Model<double> model = Model<double>(Net(AllCells.Elman));
        const int Walked = Watch<double>.LongestWindow;
        foreach (int times in new[] { Walked + 1, Walked + 2 })
        {
            int[] classes = new int[times];
            Array.Fill(classes, ClassTargets.Ignored);
            classes[^1] = 1;
            WatchRow row = new Watch<double>(model, s_loss).Look(
                Batch.OfValues(new double[times * 3], times, 1, 3, new ClassTargets(classes)),
                null,
                0
            )!;
            Assert.Equal(times > Walked + 1 ? Walked : null, row.WalkedLag);
            Assert.Equal(times > Walked + 1, WatchText.Line(row, null).Contains($"up to {Walked} steps", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_batch_without_a_loss_has_no_look()
    {
        Model<double> model = Model<double>(Net(AllCells.Elman));
        Batch batch = Batch.OfValues(new double[4 * 2 * 3], 4, 2, 3, ClassTargets.None(8));
        Assert.Null(new Watch<double>(model, s_loss).Look(batch, null, 0));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_watched_training_is_the_unwatched_one_bit_for_bit(bool carries)
    {
        TrainingRun<float> alone = Run(carries),
            watched = Run(carries);
        var watch = new Watch<float>(watched.Trainer.Model, s_loss);
        int looks = 0;
        while (!alone.IsFinished)
        {
            (Batch batch, States<float>? initial) = watched.Peek();
            looks += watch.Look(batch, initial, watched.Step) is null ? 0 : 1;
            alone.Advance();
            watched.Advance();
            Assert.Equal(alone.Last, watched.Last);
        }
        Assert.Equal(alone.Step, looks);
        TrainingState<float> expected = alone.Save(),
            found = watched.Save();
        Assert.True(MemoryMarshal.AsBytes<float>(expected.Parameters).SequenceEqual(MemoryMarshal.AsBytes<float>(found.Parameters)));
        Assert.Equal(expected.Dropout, found.Dropout);
        Assert.Equal(expected.Batches, found.Batches);
        Assert.Equal(expected.Position, found.Position);
        Assert.Equal(expected.Carried, found.Carried);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_peeked_at_is_what_the_next_update_is_made_on(bool carries)
    {
        TrainingRun<float> run = Run(carries, dropout: 0);
        for (int step = 0; step < 4; step++)
        {
            (Batch batch, States<float>? initial) = run.Peek();
            Trace<float> trace = run.Trainer.Model.Forward(batch, initial: initial);
            double loss = LossField.Of(trace, s_loss, Reduction.Mean).Total;
            run.Advance();
            Assert.Equal(run.Last.Loss, loss);
        }
    }

    private static TrainingRun<float> Run(bool carries, double dropout = 0.3)
    {
        Network network = new()
        {
            Cell = AllCells.Lstm,
            Words = 2,
            Embedding = 3,
            Hidden = 5,
            Layers = 2,
            Outputs = 2,
            Dropout = dropout,
        };
        Trainer<float> trainer = new(
            Model<float>(network),
            s_loss,
            OptimiserChoice.Make<float>("adam", network.ParameterCount),
            ScheduleChoice.Parse("constant", 0.05, 9, 0),
            seed: 4
        );
        return new(
            new RecallTask(carries),
            trainer,
            new()
            {
                Steps = 9,
                Lanes = 4,
                EvaluateEvery = 3,
                Seed = 3,
            }
        );
    }
}
