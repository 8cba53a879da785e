using Farback.Cells;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;
using Farback.Tests.Gradients;

namespace Farback.Tests.Networks;

/// <summary>A model at work answers as it did in a batch, and keeps nothing.</summary>
public sealed class StepByStepTests
{
    public static TheoryData<string> Forwards() => [.. Shapes.All.Where(shape => !shape.Value.Bidirectional).Select(shape => shape.Key)];

    [Theory]
    [MemberData(nameof(Forwards))]
    public void Step_by_step_the_answers_are_those_of_a_batch_bit_for_bit(string name)
    {
        (Trace<double> trace, _) = Shapes.Run<double>(Shapes.All[name], seed: 21, lanes: 1);
        Network network = trace.Model.Network;
        foreach (Width width in Widths.Supported)
        {
            var model = new Model<double>(network, trace.Model.Parameters, width);
            Trace<double> batch = model.Forward(trace.Batch);
            var walk = new StepByStep<double>(model);
            for (int t = 0; t < batch.Times; t++)
            {
                ReadOnlySpan<double> said =
                    network.Words > 0
                        ? walk.Next([trace.Batch.Ids![t]])
                        : walk.Next(trace.Batch.Values.AsSpan(t * network.Inputs, network.Inputs));
                Assert.Equal(batch.ReadOut(t, 0).ToArray(), said.ToArray());
            }
        }
    }

    [Fact]
    public void A_step_allocates_nothing()
    {
        (Trace<double> trace, _) = Shapes.Run<double>(Shapes.All["lstm words"], seed: 22);
        var walk = new StepByStep<double>(trace.Model, lanes: 2);
        walk.Next([1, 2]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
            walk.Next([i % 6, 1]);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void After_a_reset_it_begins_anew()
    {
        (Trace<double> trace, _) = Shapes.Run<double>(Shapes.All["lstm words"], seed: 23);
        var walk = new StepByStep<double>(trace.Model);
        double[] first = walk.Next([3]).ToArray();
        Assert.NotEqual(first, walk.Next([3]).ToArray());
        walk.Reset();
        Assert.Equal(first, walk.Next([3]).ToArray());
    }

    [Fact]
    public void What_it_cannot_do_it_refuses_in_one_sentence()
    {
        (Trace<double> both, _) = Shapes.Run<double>(Shapes.All["gru both ways"], seed: 24);
        Assert.Contains(
            "step by step",
            Assert.Throws<ArgumentException>(() => new StepByStep<double>(both.Model)).Message,
            StringComparison.Ordinal
        );
        (Trace<double> words, _) = Shapes.Run<double>(Shapes.All["lstm words"], seed: 24);
        var walk = new StepByStep<double>(words.Model);
        Assert.Contains(
            "knows words 0 to 5",
            Assert
                .Throws<ArgumentException>(() =>
                {
                    walk.Next([6]);
                })
                .Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "expected 1, one a lane",
            Assert
                .Throws<ArgumentException>(() =>
                {
                    walk.Next([1, 2]);
                })
                .Message,
            StringComparison.Ordinal
        );
    }
}

/// <summary>Draws from a language model's distribution.</summary>
public sealed class SamplerTests
{
    [Fact]
    public void Draws_follow_the_softmax_of_the_logits()
    {
        double[] logits = [1, 0, -1];
        double[] expected = Probabilities.Of<double>(logits);
        const int Draws = 40_000;
        var sampler = new Sampler(seed: 5);
        int[] counts = new int[3];
        for (int i = 0; i < Draws; i++)
            counts[sampler.Next<double>(logits)]++;
        for (int c = 0; c < 3; c++)
            Assert.InRange(
                counts[c],
                Draws * expected[c] - 4 * Math.Sqrt(Draws * expected[c]),
                Draws * expected[c] + 4 * Math.Sqrt(Draws * expected[c])
            );
    }

    [Fact]
    public void Without_temperature_it_takes_the_largest_and_among_the_top_one_too()
    {
        double[] logits = [0.1, 0.3, 0.2];
        Assert.Equal(1, new Sampler(1, temperature: 0).Next<double>(logits));
        var sampler = new Sampler(1, temperature: 5, top: 1);
        for (int i = 0; i < 50; i++)
            Assert.Equal(1, sampler.Next<double>(logits));
    }

    [Fact]
    public void The_same_seed_draws_the_same()
    {
        double[] logits = [0, 0, 0, 0];
        int[] Draw(long seed)
        {
            var sampler = new Sampler(seed);
            return [.. Enumerable.Range(0, 20).Select(_ => sampler.Next<double>(logits))];
        }
        Assert.Equal(Draw(3), Draw(3));
        Assert.NotEqual(Draw(3), Draw(4));
    }
}
