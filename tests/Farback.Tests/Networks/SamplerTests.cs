using Farback.Networks;

namespace Farback.Tests.Networks;

/// <summary>Words are drawn as often as the softmax says, and no other way.</summary>
public sealed class SamplerTests
{
    private static readonly double[] Logits = [1.0, 3.0, -0.5, 2.0, 2.0];

    [Theory]
    [InlineData(1.0, null)]
    [InlineData(0.5, null)]
    [InlineData(2.0, 3)]
    [InlineData(1.0, 2)]
    public void Words_come_as_often_as_their_probability_says(double temperature, int? top)
    {
        const int Draws = 40_000;
        int[] kept = [.. Enumerable.Range(0, 5).OrderByDescending(c => Logits[c]).ThenBy(c => c).Take(top ?? 5)];
        double[] weights = [.. Enumerable.Range(0, 5).Select(c => kept.Contains(c) ? Math.Exp(Logits[c] / temperature) : 0)];
        var sampler = new Sampler(seed: 7, temperature, top);
        int[] counts = new int[5];
        for (int draw = 0; draw < Draws; draw++)
            counts[sampler.Next<double>(Logits)]++;
        for (int c = 0; c < 5; c++)
        {
            double p = weights[c] / weights.Sum();
            // five standard deviations of a binomial count, and nothing at all where p = 0
            Assert.InRange(counts[c] - Draws * p, -5 * Math.Sqrt(Draws * p * (1 - p)), 5 * Math.Sqrt(Draws * p * (1 - p)));
        }
    }

    [Fact]
    public void The_same_seed_draws_the_same_words_and_another_seed_others()
    {
        int[] Draw(long seed)
        {
            var sampler = new Sampler(seed);
            return [.. Enumerable.Range(0, 50).Select(_ => sampler.Next<double>(Logits))];
        }
        Assert.Equal(Draw(1), Draw(1));
        Assert.NotEqual(Draw(1), Draw(2));
    }

    [Fact]
    public void At_temperature_zero_and_with_one_word_left_the_most_probable_is_taken()
    {
        Assert.All(Enumerable.Range(0, 20), seed => Assert.Equal(1, new Sampler(seed, temperature: 0).Next<double>(Logits)));
        Assert.All(Enumerable.Range(0, 20), seed => Assert.Equal(1, new Sampler(seed, temperature: 9, top: 1).Next<double>(Logits)));
    }

    [Fact]
    public void What_is_no_number_is_refused()
    {
        Assert.Contains("temperature", Assert.Throws<ArgumentException>(() => new Sampler(1, -1)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "temperature",
            Assert.Throws<ArgumentException>(() => new Sampler(1, double.NaN)).Message,
            StringComparison.Ordinal
        );
        Assert.Contains("top", Assert.Throws<ArgumentException>(() => new Sampler(1, 1, 0)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "output 1 is NaN",
            Assert.Throws<ArgumentException>(() => new Sampler(1).Next<double>([0, double.NaN])).Message,
            StringComparison.Ordinal
        );
    }
}
