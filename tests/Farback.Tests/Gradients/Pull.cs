using Farback.Networks;
using Farback.Sequences;

namespace Farback.Tests.Gradients;

/// <summary>A loss that pulls at every output of a place with a given force.</summary>
internal sealed class Pull(Func<int, double> force) : Loss
{
    public override double Evaluate(ReadOnlySpan<double> output, Targets targets, int place, Span<double> gradient)
    {
        gradient.Fill(force(place));
        return output[0];
    }

    public override double WeightInMean(ReadOnlySpan<double> output, Targets targets, int place) => 1;
}
