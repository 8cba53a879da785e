using Farback.Adjoints;
using Farback.Cells;
using Farback.Gradients;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;
using Farback.Training;

namespace Farback.Tests.Training;

public sealed class TrainerTests
{
    private const int Times = 6,
        Lanes = 4,
        Words = 3;

    // say the word before the last one: nothing but memory helps
    private static Batch EchoOf(RandomStream random, int times = Times)
    {
        int[] ids = [.. Enumerable.Range(0, times * Lanes).Select(_ => random.Next(Words))];
        int[] classes = [.. ids.Select((_, place) => place < 2 * Lanes ? ClassTargets.Ignored : ids[place - 2 * Lanes])];
        return Batch.OfIds(ids, times, Lanes, new ClassTargets(classes));
    }

    private static Trainer<T> Trainer<T>(
        Cell? cell = null,
        double rate = 0.02,
        double? clip = 1,
        Truncation? truncation = null,
        double dropout = 0,
        long seed = 1
    )
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        Network network = new()
        {
            Cell = cell ?? AllCells.Lstm,
            Words = Words,
            Embedding = 4,
            Hidden = 12,
            Layers = dropout > 0 ? 2 : 1,
            Outputs = Words,
            Dropout = dropout,
        };
        Model<T> model = new(network, Initial.Default.Draw(network, 5).To<T>());
        return new(model, new SoftmaxCrossEntropy(), new Adam<T>(network.ParameterCount), new ConstantRate(rate), seed)
        {
            ClipNorm = clip,
            Truncation = truncation,
        };
    }

    private static TrainingStep Steps<T>(Trainer<T> trainer, int steps)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        var random = new RandomStream(9);
        TrainingStep last = default;
        for (int step = 0; step < steps; step++)
            last = trainer.Step(EchoOf(random));
        return last;
    }

    [Fact]
    public void Every_cell_learns_to_say_the_word_before_the_last_in_double_and_float()
    {
        foreach (Cell cell in AllCells.List.Where(cell => cell != AllCells.ElmanIdentity))
        {
            Assert.True(Steps(Trainer<double>(cell), 300).Loss < 0.1, cell.Title);
            Assert.True(Steps(Trainer<float>(cell), 300).Loss < 0.1, cell.Title);
        }
    }

    [Fact]
    public void A_step_is_forward_gradient_clip_and_optimiser()
    {
        Trainer<double> trainer = Trainer<double>(clip: 0.1);
        Batch batch = EchoOf(new RandomStream(2));
        Network network = trainer.Model.Network;
        Parameters<double> by = trainer.Model.Parameters.To<double>();
        Trace<double> trace = new Model<double>(network, by).Forward(batch);
        LossField losses = LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Mean);
        Parameters<double> gradient = Bptt<double>.Gradient(trace, losses);
        double norm = Clipping.ByNorm<double>(gradient.Values, 0.1);
        new Adam<double>(network.ParameterCount).Step(by.Values, gradient.Values, 0.02);

        TrainingStep step = trainer.Step(batch);
        Assert.Equal(by.Values, trainer.Model.Parameters.Values);
        Assert.Equal(gradient.Values, trainer.Gradient.Values);
        Assert.Equal((losses.Total, norm, 0.02), (step.Loss, step.GradientNorm, step.Rate));
        Assert.True(norm > 0.1);
        Assert.Equal(0.1, step.ClippedNorm, 1e-6);
    }

    [Fact]
    public void The_weights_in_use_are_the_weights_that_were_learned()
    {
        // were Pack forgotten, the second loss would be that of the old weights
        Trainer<double> trainer = Trainer<double>();
        Batch batch = EchoOf(new RandomStream(2));
        trainer.Step(batch);
        Trace<double> fresh = new Model<double>(trainer.Model.Network, trainer.Model.Parameters.To<double>()).Forward(batch);
        double expected = LossField.Of(fresh, new SoftmaxCrossEntropy(), Reduction.Mean).Total;
        Assert.Equal(expected, trainer.Step(batch).Loss);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    public void The_same_seed_gives_the_same_parameters_bit_for_bit(double dropout)
    {
        Trainer<double> one = Trainer<double>(dropout: dropout),
            other = Trainer<double>(dropout: dropout);
        TrainingStep a = Steps(one, 20),
            b = Steps(other, 20);
        Assert.Equal(a, b);
        Assert.Equal(one.Model.Parameters.Values, other.Model.Parameters.Values);
    }

    [Fact]
    public void Another_seed_drops_other_inputs()
    {
        Trainer<double> one = Trainer<double>(dropout: 0.3),
            other = Trainer<double>(dropout: 0.3, seed: 2);
        Steps(one, 1);
        Steps(other, 1);
        Assert.NotEqual(one.Model.Parameters.Values, other.Model.Parameters.Values);
    }

    [Fact]
    public void A_saved_random_stream_goes_on_where_it_was()
    {
        Trainer<double> one = Trainer<double>(dropout: 0.3);
        Steps(one, 3);
        Trainer<double> other = Trainer<double>(dropout: 0.3, seed: 77);
        one.Model.Parameters.Values.CopyTo(other.Model.Parameters.Values, 0);
        other.Model.Pack();
        for (int i = 0; i < one.Optimiser.State.Count; i++)
            one.Optimiser.State[i].Values.CopyTo(other.Optimiser.State[i].Values, 0);
        other.Optimiser.Steps = one.Optimiser.Steps;
        other.RestoreRandom(one.SaveRandom());
        Assert.Equal(Steps(one, 2), Steps(other, 2));
        Assert.Equal(one.Model.Parameters.Values, other.Model.Parameters.Values);
    }

    [Fact]
    public void A_step_of_a_known_shape_allocates_nothing()
    {
        Trainer<double> plain = Trainer<double>(),
            dropping = Trainer<double>(dropout: 0.3),
            truncated = Trainer<double>(truncation: new Truncation(4, 2));
        Batch batch = EchoOf(new RandomStream(2));
        foreach (Trainer<double> trainer in new[] { plain, dropping, truncated })
            Assert.Equal(0, Allocated.AtEveryStep(() => trainer.Step(batch)));
    }

    [Fact]
    public void Truncation_no_shorter_than_the_memory_learns_and_a_shorter_one_cannot()
    {
        // every chunk of one step reaches back over three uses, the lag of the task; with one it sees only itself
        Assert.True(Steps(Trainer<double>(AllCells.Elman, truncation: new Truncation(3, 1)), 300).Loss < 0.1);
        Assert.True(Steps(Trainer<double>(AllCells.Elman, truncation: new Truncation(1, 1)), 300).Loss > 0.5);
    }

    [Fact]
    public void A_loss_that_is_not_finite_names_the_step_the_parameters_and_the_way_out()
    {
        Trainer<double> trainer = Trainer<double>(clip: null);
        Steps(trainer, 3);
        trainer.Model.Parameters["weight_hh_l0"][5] = double.NaN;
        trainer.Model.Parameters["head.bias"][0] = double.NaN;
        trainer.Model.Pack();
        double[] before = [.. trainer.Model.Parameters.Values];
        var error = Assert.Throws<TrainingDivergedException>(() => trainer.Step(EchoOf(new RandomStream(2))));
        Assert.Equal((3, "weight_hh_l0"), (error.Step, error.Block));
        Assert.StartsWith("training diverged at step 3: the loss is NaN; ", error.Message);
        Assert.Contains("weight_hh_l0 (1 of 576 numbers)", error.Message);
        Assert.Contains("rate below 0.02", error.Message);
        Assert.Contains("clip the gradient", error.Message);
        Assert.Equal(before, trainer.Model.Parameters.Values);
        Assert.Equal(3, trainer.Optimiser.Steps);
    }

    [Fact]
    public void A_gradient_that_explodes_is_refused_before_it_reaches_the_weights()
    {
        // h ← 1e5·h over 30 steps, in float: the state, and with it the way back, leave the range while the read-out of the first step does not
        Network network = new()
        {
            Cell = AllCells.ElmanIdentity,
            Inputs = 1,
            Hidden = 1,
            Outputs = 1,
        };
        Parameters<float> parameters = new(network);
        parameters["weight_hh_l0"][0] = 1e5f;
        parameters["head.weight"][0] = 1;
        Trainer<float> trainer = new(
            new(network, parameters),
            new SquaredError(),
            new Sgd<float>(network.ParameterCount),
            new ConstantRate(0.1)
        );
        // the state stays 0, the targets do not: δ grows by 1e5 a step back
        double[] targets = [.. Enumerable.Repeat(1.0, 30)];
        Batch batch = Batch.OfValues(new double[30], 30, 1, 1, new ValueTargets(targets, 1));
        var error = Assert.Throws<TrainingDivergedException>(() => trainer.Step(batch));
        Assert.NotNull(error.Block);
        Assert.Contains("the first block of the gradient that is not finite is", error.Message);
        Assert.Equal(1e5f, parameters["weight_hh_l0"][0]);
    }

    [Fact]
    public void An_optimiser_of_another_network_is_refused()
    {
        Model<double> model = Trainer<double>().Model;
        var error = Assert.Throws<ArgumentException>(() =>
            new Trainer<double>(model, new SoftmaxCrossEntropy(), new Adam<double>(7), new ConstantRate(1))
        );
        Assert.Contains("made for 7 parameters", error.Message);
    }
}
