using Farback.Cells;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;
using Farback.Training;

namespace Farback.Tests.Training;

/// <summary>A training whose steps run in segments is the training that keeps every trace.</summary>
public sealed class TrainingInSegmentsTests
{
    // rounding of another order of summing, carried through the steps of an optimiser that divides by the gradient's size
    private const double Same = 1e-9;

    private static TrainingRun<double> Run(Recomputation recomputation, double dropout = 0, int length = 30)
    {
        var task = new AddingTask(length, held: 20);
        Network network = TaskTraining.NetworkFor(task, AllCells.Gru, hidden: 6, layers: 2) with { Dropout = dropout };
        var trainer = new Trainer<double>(
            new(network, Initial.Default.Draw(network, 3)),
            TaskTraining.LossOf(task),
            new Adam<double>(network.ParameterCount),
            new ConstantRate(0.01),
            seed: 3
        )
        {
            ClipNorm = 1,
            Recomputation = recomputation,
        };
        return new(
            task,
            trainer,
            new()
            {
                Steps = 12,
                Lanes = 4,
                EvaluateEvery = 6,
                Seed = 3,
            }
        );
    }

    private static double[] Trained(TrainingRun<double> run)
    {
        Assert.True(run.Run(cancel: TestContext.Current.CancellationToken));
        return run.Trainer.Model.Parameters.Values;
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(7, 0)]
    [InlineData(7, 0.3)]
    public void It_comes_to_the_same_parameters(int steps, double dropout)
    {
        TrainingRun<double> whole = Run(Recomputation.None, dropout),
            inSegments = Run(Recomputation.Every(steps), dropout);
        Close.Normwise(Trained(whole), Trained(inSegments), Same, $"segments of {steps}");
        Assert.Equal((null, steps), (whole.Trainer.Segment, inSegments.Trainer.Segment));
        Assert.NotNull(whole.Trainer.Trace);
        Assert.Null(inSegments.Trainer.Trace);
        Assert.Equal(whole.Trainer.SaveRandom(), inSegments.Trainer.SaveRandom());
    }

    [Fact]
    public void A_step_that_is_stopped_between_segments_is_made_again_bit_for_bit()
    {
        TrainingRun<double> straight = Run(Recomputation.Every(7), dropout: 0.3),
            stopped = Run(Recomputation.Every(7), dropout: 0.3);
        double[] expected = Trained(straight);

        using var stop = new CancellationTokenSource();
        // in the middle of the way back of the fourth step
        stopped.Trainer.Progress = new Told(part =>
        {
            if (stopped.Step == 3 && part > 0.5)
                stop.Cancel();
        });
        Assert.False(stopped.Run(cancel: stop.Token));
        Assert.Equal(3, stopped.Step);
        Assert.Equal(expected, Trained(stopped));
    }

    [Fact]
    public void The_states_that_a_step_ended_in_are_those_of_the_whole()
    {
        TrainingRun<double> whole = Run(Recomputation.None),
            inSegments = Run(Recomputation.Every(7));
        whole.Advance();
        inSegments.Advance();
        Assert.Equal(whole.Trainer.FinalStates().ToArray(), inSegments.Trainer.FinalStates().ToArray());
    }

    [Fact]
    public void Both_directions_are_refused_before_the_first_step()
    {
        var task = new AddingTask(20);
        Network network = TaskTraining.NetworkFor(task, AllCells.Elman, hidden: 3, bidirectional: true);
        var trainer = new Trainer<double>(
            new(network, new(network)),
            TaskTraining.LossOf(task),
            new Sgd<double>(network.ParameterCount),
            new ConstantRate(1)
        )
        {
            Recomputation = Recomputation.Every(5),
        };
        var error = Assert.Throws<ArgumentException>(() => new TrainingRun<double>(task, trainer, new() { Steps = 1, Lanes = 1 }));
        Assert.Contains("use one direction", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_too_long_to_be_kept_is_judged_in_segments()
    {
        const int Long = 400_000;
        var task = new AddingTask(Long, held: 1);
        Network network = TaskTraining.NetworkFor(task, AllCells.ElmanIdentity, hidden: 64);
        var model = new Model<double>(network, Initial.Default.Draw(network, 3));
        Batch batch = task.Held(Split.Test, 1).Single();
        Assert.NotNull(Recomputation.Automatic.LengthFor(model, batch.Times, 1));
        Score found = new Examination<double>(task, model).Scores(Split.Test)[0];

        // the same answer, step by step
        var steps = new StepByStep<double>(model, 1);
        double answer = 0;
        for (int time = 0; time < Long; time++)
            answer = steps.Next(batch.Values.AsSpan(time * 2, 2))[0];
        double error = answer - ((ValueTargets)batch.Targets).At(Long - 1)[0];
        Assert.Equal(error * error, found.Value, 1e-12 * Math.Max(1, error * error));
    }

    [Fact]
    public void The_lanes_of_a_held_out_batch_are_fewer_where_sequences_are_long()
    {
        Assert.Equal(64, TaskTraining.LanesFor(new AddingTask(1000), Split.Test, 64));
        Assert.Equal(10, TaskTraining.LanesFor(new AddingTask(100_000), Split.Test, 64));
        Assert.Equal(1, TaskTraining.LanesFor(new AddingTask(1_000_000), Split.Test, 64));
    }

    private sealed class Told(Action<double> told) : IProgress<double>
    {
        public void Report(double value) => told(value);
    }
}
