using System.Numerics;
using System.Runtime.InteropServices;
using Farback.Adjoints;
using Farback.Cells;
using Farback.Networks;
using Farback.Sequences;
using Farback.Training;

namespace Farback.Tests.Training;

/// <summary>A training that is saved and restored at any step is the training that was never stopped.</summary>
public sealed class TrainingRunTests
{
    private const int Steps = 7;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<bool, string, bool> Every()
    {
        TheoryData<bool, string, bool> all = [];
        foreach (bool single in (bool[])[false, true])
        foreach (string optimiser in (string[])["sgd", "sgd=0.9", "rmsprop", "adam"])
        foreach (bool carries in (bool[])[false, true])
            all.Add(single, optimiser, carries);
        return all;
    }

    private static TrainingRun<T> Make<T>(
        string optimiser = "adam",
        bool carries = false,
        double rate = 0.05,
        int patience = 0,
        long steps = Steps,
        double dropout = 0.3,
        Truncation? truncation = null
    )
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
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
        Trainer<T> trainer = new(
            new Model<T>(network, Initial.Default.Draw(network, 1).To<T>()),
            new SoftmaxCrossEntropy(),
            OptimiserChoice.Make<T>(optimiser, network.ParameterCount),
            ScheduleChoice.Parse("cosine", rate, steps, 3),
            seed: 4
        )
        {
            ClipNorm = 0.5,
            Truncation = truncation,
        };
        return new(
            new RecallTask(carries),
            trainer,
            new()
            {
                Steps = steps,
                Lanes = 4,
                EvaluateEvery = 3,
                Patience = patience,
                Seed = 3,
            }
        );
    }

    [Theory]
    [MemberData(nameof(Every))]
    public void Saved_and_restored_at_every_step_it_ends_with_the_same_bits(bool single, string optimiser, bool carries)
    {
        if (single)
            SameBits<float>(optimiser, carries);
        else
            SameBits<double>(optimiser, carries);
    }

    private static void SameBits<T>(string optimiser, bool carries)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TrainingRun<T> undisturbed = Make<T>(optimiser, carries);
        undisturbed.Run(cancel: Cancel);
        TrainingState<T> expected = undisturbed.Save();
        TrainingRun<T> first = Make<T>(optimiser, carries);
        for (int stop = 0; stop <= Steps; stop++)
        {
            TrainingState<T> saved = first.Save();
            if (stop < Steps)
                first.Advance(); // a state is a copy: going on does not change it
            TrainingRun<T> second = Make<T>(optimiser, carries);
            second.Advance(); // what it was before does not matter
            second.Restore(saved);
            second.Run(cancel: Cancel);
            Same(expected, second.Save(), stop);
        }
    }

    private static void Same<T>(TrainingState<T> expected, TrainingState<T> found, int stop)
        where T : unmanaged
    {
        void Bits(T[]? a, T[]? b, string what) =>
            Assert.True(MemoryMarshal.AsBytes<T>(a).SequenceEqual(MemoryMarshal.AsBytes<T>(b)), $"{what} after a stop at {stop}");
        Bits(expected.Parameters, found.Parameters, "parameters");
        Bits(expected.Best, found.Best, "best parameters");
        Bits(expected.Carried, found.Carried, "carried states");
        foreach (((string name, T[] values), (_, T[] others)) in expected.Optimiser.Zip(found.Optimiser))
            Bits(values, others, name);
        Assert.Equal(expected.Dropout, found.Dropout);
        Assert.Equal(expected.Batches, found.Batches);
        Assert.Equal(
            (
                expected.Step,
                expected.OptimiserSteps,
                expected.Position,
                expected.BestScore,
                expected.BestStep,
                expected.Stale,
                expected.Summed
            ),
            (found.Step, found.OptimiserSteps, found.Position, found.BestScore, found.BestStep, found.Stale, found.Summed)
        );
        Assert.Equal(expected.Sums, found.Sums);
        Assert.Equal(expected.History.Count, found.History.Count);
        foreach ((HistoryRow row, HistoryRow other) in expected.History.Zip(found.History))
        {
            Assert.Equal(row with { Scores = [] }, other with { Scores = [] });
            Assert.Equal(row.Scores, other.Scores);
        }
    }

    [Fact]
    public void A_row_has_the_means_since_the_row_before()
    {
        TrainingRun<double> run = Make<double>();
        List<TrainingStep> steps = [];
        run.Run(at => steps.Add(at.Last), Cancel);
        Assert.Equal([3, 6, 7], run.History.Select(row => row.Step));
        HistoryRow last = run.History[^1];
        Assert.Equal(steps[6..].Sum(step => step.Loss), last.Loss);
        Assert.Equal(steps[6..].Sum(step => step.GradientNorm), last.GradientNorm);
        Assert.Equal(steps[6..].Sum(step => step.ClippedNorm), last.ClippedNorm);
        Assert.Equal(steps[6].Rate, last.Rate);
        Assert.Equal("accuracy", Assert.Single(last.Scores).Name);
    }

    [Fact]
    public void It_learns_the_first_bit_and_keeps_the_weights_of_the_best_look()
    {
        TrainingRun<double> run = Make<double>(steps: 200, dropout: 0);
        run.Run(cancel: Cancel);
        Assert.Equal(1, run.BestScore);
        Assert.Equal(run.History.First(row => row.Scores[0].Value == 1).Step, run.BestStep); // the first of equals
        run.Trainer.Model.Parameters.Values.AsSpan().Clear();
        run.UseBest();
        Assert.Equal(1, run.Scores(Split.Validation)[0].Value);
    }

    [Fact]
    public void Patience_ends_a_training_that_gets_no_better()
    {
        TrainingRun<double> run = Make<double>(rate: 1e-12, patience: 3, steps: 1000);
        Assert.True(run.Run(cancel: Cancel));
        Assert.True(run.IsOutOfPatience);
        Assert.Equal(3, run.BestStep);
        Assert.Equal(12, run.Step);
    }

    [Fact]
    public void A_carried_state_tells_what_no_single_batch_knows()
    {
        // the answers of a batch's first two steps of five lie in the batch before: without a carried state they are a guess, and
        // 1 − ½·2/5 = 0.8 are right; with it only the first of the two held batches has to guess, and 0.9 are
        TrainingRun<double> run = Make<double>(carries: true, steps: 200, dropout: 0);
        run.Run(cancel: Cancel);
        Assert.InRange(run.History[^1].Scores[0].Value, 0.86, 1);
    }

    [Fact]
    public void A_carried_state_begins_anew_where_the_data_does()
    {
        TrainingRun<double> run = Make<double>(carries: true, dropout: 0);
        run.Advance();
        TrainingState<double> state = run.Save();
        run.Restore(state with { Position = 0 });
        run.Advance();
        double carriedAtBeginning = run.Last.Loss;
        run.Restore(state with { Position = 0, Carried = null });
        run.Advance();
        Assert.Equal(run.Last.Loss, carriedAtBeginning);
        run.Restore(state);
        run.Advance();
        double carried = run.Last.Loss;
        run.Restore(state with { Carried = null });
        run.Advance();
        Assert.NotEqual(run.Last.Loss, carried);
    }

    [Fact]
    public void A_truncated_training_is_resumed_bit_for_bit_too()
    {
        TrainingRun<float> whole = Make<float>(carries: true, truncation: new(3, 1)),
            parts = Make<float>(carries: true, truncation: new(3, 1));
        whole.Run(cancel: Cancel);
        while (!parts.IsFinished)
        {
            parts.Advance();
            TrainingState<float> state = parts.Save();
            parts = Make<float>(carries: true, truncation: new(3, 1));
            parts.Restore(state);
        }
        Same(whole.Save(), parts.Save(), -1);
    }

    [Fact]
    public void An_update_that_is_not_finite_is_seen_before_it_is_judged_or_saved()
    {
        TrainingRun<double> run = Make<double>();
        run.Advance();
        run.Trainer.Model.Parameters["weight_hh_l1"][2] = double.PositiveInfinity;
        TrainingDivergedException error = Assert.Throws<TrainingDivergedException>(() => run.Save());
        Assert.Equal("weight_hh_l1", error.Block);
        Assert.Contains("rate below", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cancelled_run_has_finished_its_step_and_goes_on()
    {
        using CancellationTokenSource cancel = new();
        TrainingRun<double> run = Make<double>(),
            other = Make<double>();
        Assert.False(
            run.Run(
                at =>
                {
                    if (at.Step == 4)
                        cancel.Cancel();
                },
                cancel.Token
            )
        );
        Assert.Equal(4, run.Step);
        Assert.True(run.Run(cancel: Cancel));
        other.Run(cancel: Cancel);
        Assert.Equal(other.Trainer.Model.Parameters.Values, run.Trainer.Model.Parameters.Values);
    }

    [Fact]
    public void A_state_of_another_optimiser_or_network_is_refused()
    {
        TrainingState<double> state = Make<double>("sgd=0.9").Save();
        Assert.Contains("exp_avg", Assert.Throws<ArgumentException>(() => Make<double>().Restore(state)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Make<double>("sgd=0.9").Restore(state with { Parameters = new double[3] }));
    }

    [Theory]
    [InlineData("adam=1")]
    [InlineData("sgd=much")]
    [InlineData("magic")]
    [InlineData("sgd=0.9=0.9")]
    public void An_unknown_optimiser_is_refused(string text) =>
        Assert.Throws<ArgumentException>(() => OptimiserChoice.Make<double>(text, 3));

    [Theory]
    [InlineData("constant", 0.5)]
    [InlineData("cosine=0.1", 0.1)]
    [InlineData("exponential=0.5", 0.25)]
    [InlineData("step=1,0.2", 0.02)]
    public void A_schedule_is_what_its_name_says(string text, double atTheEnd) =>
        Assert.Equal(atTheEnd, ScheduleChoice.Parse(text, text.StartsWith("exp", StringComparison.Ordinal) ? 1 : 0.5, 2).At(2), 1e-15);

    [Theory]
    [InlineData("cosine=a")]
    [InlineData("step")]
    [InlineData("linear")]
    [InlineData("exponential=-1")]
    public void An_unknown_schedule_is_refused(string text) => Assert.Throws<ArgumentException>(() => ScheduleChoice.Parse(text, 1, 10));
}
