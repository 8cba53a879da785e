using Farback.Formats;
using Farback.Networks;
using Farback.Sequences;
using Farback.Tests.Reference;

namespace Farback.Tests.Networks;

/// <summary>Losses and gradients that PyTorch computed in float64, over places that hold extreme logits and an ignored target.</summary>
public sealed class LossesAsTorchTests
{
    // both sides round a dozen times; PyTorch's own exponentials and logarithms are good to 1e-15
    private const double SomeRoundings = 1e-12;

    private static SafetensorsFile Torch() => SafetensorsFile.Open(ReferenceFolder.Require("torch", "losses.safetensors"));

    [Theory]
    [InlineData("plain", false, 0)]
    [InlineData("ls", false, 0.1)]
    [InlineData("weight", true, 0)]
    [InlineData("weight_ls", true, 0.2)]
    public void Cross_entropy_is_that_of_pytorch(string variant, bool weighted, double smoothing)
    {
        using SafetensorsFile torch = Torch();
        SoftmaxCrossEntropy loss = new(weighted ? torch["class_weight"].ToDoubles() : null, smoothing);
        Places places = new(
            loss,
            torch["logits"].ToDoubles(),
            5,
            new ClassTargets([.. torch["target"].ToLongs().Select(target => checked((int)target))])
        );
        AssertSame(torch, $"ce.{variant}", places, hasPlaces: true);
    }

    [Theory]
    [InlineData("mse")]
    [InlineData("l1")]
    [InlineData("huber")]
    [InlineData("smoothl1")]
    public void Value_losses_are_those_of_pytorch(string variant)
    {
        using SafetensorsFile torch = Torch();
        Loss loss = variant switch
        {
            "mse" => new SquaredError(),
            "l1" => new AbsoluteError(),
            "huber" => new Huber(),
            _ => Huber.SmoothAbsolute(),
        };
        ValueTargets targets = new(torch["reg.target"].ToDoubles(), 2);
        Places places = new(loss, torch["reg.pred"].ToDoubles(), 2, targets);
        AssertSame(torch, variant, places, hasPlaces: false);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void Binary_cross_entropy_is_that_of_pytorch(int outputs)
    {
        using SafetensorsFile torch = Torch();
        ValueTargets targets = new(torch["bce.target"].ToDoubles(), outputs);
        Places places = new(new BinaryCrossEntropy(), torch["bce.logit"].ToDoubles(), outputs, targets);
        Close.Normwise(torch["bce.grad_sum"].ToDoubles(), places.Gradient(1), SomeRoundings, "gradient");
        double[] expected = torch["bce.none"].ToDoubles();
        if (outputs == 1)
            Close.Normwise(expected, places.Losses, SomeRoundings, "losses");
        else
            Close.Normwise([expected.Sum()], places.Losses, SomeRoundings, "loss");
        Assert.Equal(7, places.Divisor);
    }

    private static void AssertSame(SafetensorsFile torch, string name, Places places, bool hasPlaces)
    {
        if (hasPlaces)
        {
            double[] expected = torch[$"{name}.none"].ToDoubles();
            // one by one: the place with a loss of 20,000 must not hide the others
            for (int place = 0; place < expected.Length; place++)
                Close.Normwise([expected[place]], [places.Losses[place]], SomeRoundings, $"{name} at place {place}");
        }
        foreach ((string reduction, double divisor) in new[] { ("sum", 1), ("mean", places.Divisor) })
        {
            string full = $"{name}.{reduction}";
            Close.Normwise(torch[full].ToDoubles(), [places.Losses.Sum() / divisor], SomeRoundings, full);
            Close.Normwise(torch[$"{full}.grad"].ToDoubles(), places.Gradient(divisor), SomeRoundings, $"{full}.grad");
        }
    }

    /// <summary>The loss of every place that has a target, its gradient, and the divisor of the mean.</summary>
    private sealed class Places
    {
        private readonly double[] _gradient;

        public Places(Loss loss, double[] outputs, int size, Targets targets)
        {
            _gradient = new double[outputs.Length];
            Losses = new double[targets.Count];
            for (int place = 0; place < targets.Count; place++)
            {
                if (!targets.IsPresent(place))
                    continue;
                ReadOnlySpan<double> output = outputs.AsSpan(place * size, size);
                Span<double> gradient = _gradient.AsSpan(place * size, size);
                Losses[place] = loss.Evaluate(output, targets, place, gradient);
                Divisor += loss.WeightInMean(output, targets, place);
            }
        }

        public double[] Losses { get; }

        public double Divisor { get; }

        public double[] Gradient(double divisor) => [.. _gradient.Select(g => g / divisor)];
    }
}
