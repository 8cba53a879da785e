using Farback.Diagnosis;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Tests.Diagnosis.Memory;

/// <summary>A shift register uses exactly one lag, and the measurement finds that lag and no other.</summary>
public sealed class InputEffectsTests
{
    private static readonly int[] Lags = [.. Enumerable.Range(0, 9)];

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(6)]
    public void The_lag_that_is_read_is_used_and_needed_and_no_other_moves_anything(int lag)
    {
        InputEffects effects = InputEffects.Of(HandMade.Register(8, lag), HandMade.Stream(lag), HandMade.Loss, Lags);
        Assert.Equal((lag, lag, lag, false), (effects.Used.Lag, effects.Used.Low, effects.Used.High, effects.Used.AtLeast));
        Assert.Equal(lag, effects.Needed.Lag);
        Assert.All(effects.Lags, one => Assert.Equal(one.Lag == lag, one.Moved.Value > 0));
        Assert.True(effects.Lags.Single(one => one.Lag == lag).PValue < 0.001);
    }

    [Fact]
    public void A_lag_may_be_used_without_being_needed()
    {
        // the answer lies 3 steps back, the network says what lies 5 back: exchanging that does no harm on average
        InputEffects effects = InputEffects.Of(HandMade.Register(8, 5), HandMade.Stream(3, lanes: 512), HandMade.Loss, Lags);
        Assert.Equal(5, effects.Used.Lag);
        Assert.Null(effects.Needed.Lag);
    }

    [Fact]
    public void The_longest_lag_measured_is_a_lower_bound()
    {
        InputEffects effects = InputEffects.Of(HandMade.Register(8, 3), HandMade.Stream(3), HandMade.Loss, [0, 1, 2, 3]);
        Assert.True(effects.Used.AtLeast);
    }

    [Fact]
    public void A_network_that_says_always_the_same_uses_nothing()
    {
        Model<double> model = HandMade.Register(8, 3);
        model.Parameters["head.weight"].Clear();
        model.Pack();
        InputEffects effects = InputEffects.Of(model, HandMade.Stream(3), HandMade.Loss, Lags);
        Assert.Null(effects.Used.Lag);
        Assert.Null(effects.Used.High);
        // 1 % of ln 2, but that the two answers are not quite as frequent
        Assert.Equal(0.01 * Math.Log(2), effects.Floor, 1e-4);
    }

    [Fact]
    public void The_same_seed_gives_the_same_numbers_and_another_gives_others()
    {
        InputEffects Of(long seed) => InputEffects.Of(HandMade.Register(8, 3), HandMade.Stream(3), HandMade.Loss, [3], seed: seed);
        Assert.Equal(Of(1).Lags, Of(1).Lags);
        Assert.NotEqual(Of(1).Lags[0].Moved, Of(2).Lags[0].Moved);
    }

    [Fact]
    public void Words_are_exchanged_as_vectors_are()
    {
        // the same register on words: one-hot 0 and 1 are −1 and +1
        const int Lag = 2;
        AskedPlaces numbers = HandMade.Stream(Lag);
        int[] ids = [.. numbers.Batch.Values!.Select(x => x > 0 ? 1 : 0)];
        var asked = AskedPlaces.Last(Batch.OfIds(ids, numbers.Batch.Times, numbers.Lanes, numbers.Batch.Targets));
        Model<double> register = HandMade.Register(4, Lag);
        var parameters = new Parameters<double>(register.Network with { Inputs = 2 });
        foreach (Block block in parameters.Network.Blocks)
            if (block.Name != "weight_ih_l0")
                register.Parameters[block.Name].CopyTo(parameters[block]);
        (parameters["weight_ih_l0"][0], parameters["weight_ih_l0"][1]) = (-1, 1);
        InputEffects words = InputEffects.Of(new(parameters.Network, parameters), asked, HandMade.Loss, [1, 2, 3]),
            vectors = InputEffects.Of(register, numbers, HandMade.Loss, [1, 2, 3]);
        Assert.Equal(vectors.Lags, words.Lags);
    }
}
