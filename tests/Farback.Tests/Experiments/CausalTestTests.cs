using Farback.Cells;
using Farback.Experiments;
using Farback.Gradients;
using Farback.Networks;
using Farback.Sequences;
using Farback.Tests.Training;
using Farback.Training;

namespace Farback.Tests.Experiments;

public sealed class CausalTestTests
{
    // the first bit of five, at the end
    private static readonly RecallTask Recall = new();

    private static CausalTest Of(params CausalArm[] arms) =>
        new()
        {
            Task = Recall,
            Network = TaskTraining.NetworkFor(Recall, AllCells.Lstm, hidden: 8),
            Initial = Initial.Parse("forget=1"),
            Arms = arms,
            Seeds = [1, 2],
            Iterations = 300,
            Rate = 0.03,
            LookEvery = 50,
        };

    private static CausalResult Run(CausalTest test) => test.Run(cancel: TestContext.Current.CancellationToken);

    [Fact]
    public void What_has_to_be_carried_is_not_learned_where_nothing_teaches_to_carry()
    {
        CausalResult result = Run(Of(new("whole", null), new("role one only", LagWeights.RoleOne), new("up to lag 4", LagWeights.UpTo(4))));
        Assert.Equal([2, 0, 2], result.Summaries.Select(one => one.Learned));
        Assert.True(result.Summaries[1].Difference.High < -0.2);
        Assert.Equal(0, result.Summaries[0].Difference.Value);
        Assert.Contains("role one only", MemoryText.Of(result), StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_of_one_are_the_whole_gradient_bit_for_bit_and_trainings_differ_in_nothing_else()
    {
        CausalTest test = Of(new("whole", null), new("ones", new LagWeights(2, 1, 1))) with { Iterations = 60, LookEvery = 20 };
        CausalResult result = Run(test);
        foreach (long seed in test.Seeds)
        {
            CausalRun[] runs = [.. result.Runs.Where(run => run.Seed == seed)];
            Assert.Equal(runs[0].History, runs[1].History);
        }
        Assert.NotEqual(result.Runs[0].History, result.Runs.First(run => run.Seed == 2).History);
        Assert.Equal(1, result.Summaries[1].PValue);
    }

    [Fact]
    public void The_usual_arms_cut_at_the_needed_lag_at_half_of_it_and_at_none()
    {
        Assert.Equal(
            [null, LagWeights.UpTo(10), LagWeights.UpTo(5), LagWeights.RoleOne, LagWeights.Amplified(5, 10)],
            CausalTest.ArmsFor(11).Select(arm => arm.Lags)
        );
        Assert.Equal([null, LagWeights.RoleOne, LagWeights.Amplified(0, 10)], CausalTest.ArmsFor(1).Select(arm => arm.Lags));
    }

    [Fact]
    public void Frozen_blocks_keep_their_numbers_bit_for_bit_whatever_the_rule()
    {
        Network network = TaskTraining.NetworkFor(Recall, AllCells.Gru, hidden: 4);
        foreach (RefitPart part in new[] { RefitPart.ReadOut, RefitPart.Recurrence })
        {
            Parameters<double> start = Initial.Default.Draw(network, 3),
                weights = start.To<double>();
            bool Trains(Block block) => block.Name.StartsWith("head", StringComparison.Ordinal) == (part == RefitPart.ReadOut);
            var trainer = new Trainer<double>(
                new Model<double>(network, weights),
                new SoftmaxCrossEntropy(),
                new AdamW<double>(network.ParameterCount, weightDecay: 0.1),
                new ConstantRate(0.01)
            )
            {
                Trains = Trains,
            };
            var place = new TaskPlace(1);
            for (int step = 0; step < 3; step++)
                trainer.Step(Recall.Next(place, 8));
            foreach (Block block in network.Blocks)
                Assert.Equal(!Trains(block), weights[block].SequenceEqual(start[block]));
        }
    }

    [Fact]
    public void Lags_are_not_weighted_under_truncation()
    {
        Network network = TaskTraining.NetworkFor(Recall, AllCells.Gru, hidden: 4);
        var trainer = new Trainer<double>(
            new Model<double>(network, Initial.Default.Draw(network, 3)),
            new SoftmaxCrossEntropy(),
            new Adam<double>(network.ParameterCount),
            new ConstantRate(0.01)
        )
        {
            Lags = LagWeights.UpTo(2),
            Truncation = new(4, 2),
        };
        Assert.Throws<ArgumentException>(() => trainer.Step(Recall.Next(new TaskPlace(1), 8)));
    }

    [Fact]
    public void A_refit_leaves_the_given_weights_alone_and_says_what_it_came_to()
    {
        Network network = TaskTraining.NetworkFor(Recall, AllCells.Lstm, hidden: 8);
        Parameters<double> weights = Initial.Parse("forget=1").Draw(network, 3);
        double[] before = [.. weights.Values];
        Refit refit = Refit.Of(
            network,
            weights,
            Recall,
            MemoryStudy.Ask(Recall, 64).Asked,
            RefitPart.Recurrence,
            steps: 300,
            rate: 0.03,
            cancel: TestContext.Current.CancellationToken
        );
        Assert.Equal(before, weights.Values);
        Assert.Equal(1, refit.After.Value);
        Assert.True(refit.LossAfter < refit.LossBefore);
    }
}
