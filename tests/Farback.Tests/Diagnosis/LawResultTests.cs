using Farback.Cells;
using Farback.Diagnosis;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;
using Farback.Tests.Laws;

namespace Farback.Tests.Diagnosis;

/// <summary>What counts as holding.</summary>
public sealed class LawResultTests
{
    private static LawResult Of(double value, int compared = 1, int skipped = 0) =>
        new("A law", "double", value, 1e-10, "", compared, skipped);

    [Fact]
    public void A_law_holds_of_a_number_within_its_tolerance_and_of_nothing_else()
    {
        Assert.True(Of(1e-10).Holds);
        Assert.False(Of(1.1e-10).Holds);
        Assert.False(Of(double.NaN).Holds);
        Assert.False(Of(0, compared: 0).Holds);
    }

    [Fact]
    public void Of_two_results_the_worse_counts_and_no_number_is_worst()
    {
        Assert.Equal(Of(2e-11, 7, 1), Of(1e-11, 3, 1).And(Of(2e-11, 4)));
        Assert.False(Of(1e-11).And(Of(double.NaN)).Holds);
        Assert.False(Of(double.NaN).And(Of(1e-11)).Holds);
        Assert.Throws<ArgumentException>(() => Of(0).And(Of(0) with { Precision = "float" }));
    }

    [Fact]
    public void Coordinates_across_a_kink_are_skipped_and_counted()
    {
        // the unit's sum is 1e-6 below its kink, nearer than the step, so that J has no slope there to see
        var network = new Network
        {
            Cell = AllCells.ElmanRelu,
            Inputs = 1,
            Hidden = 4,
            Outputs = 2,
            Biases = Biases.One,
        };
        Parameters<double> parameters = LawCell.Parameters(network, 47);
        parameters["weight_ih_l0"][0] = 0.5;
        parameters["bias_ih_l0"][0] = -0.5 - 1e-6;
        Batch batch = Batch.OfValues([1], 1, 1, 1, new ClassTargets([0]));
        LawResult law = ModelLaws
            .Check(network, parameters, batch, new SoftmaxCrossEntropy(), Reduction.Sum)
            .Single(result => result.Name.StartsWith("Finite differences", StringComparison.Ordinal));
        Assert.True(law.Holds, $"{law}");
        // W_x and b of that unit; W_h meets a state of zero
        Assert.Equal(2, law.Skipped);
        Assert.Equal(network.ParameterCount - 2, law.Checked);
    }

    [Fact]
    public void A_batch_without_a_loss_is_refused_because_every_law_would_hold_of_nothing()
    {
        var network = new Network
        {
            Cell = AllCells.Elman,
            Inputs = 1,
            Hidden = 2,
            Outputs = 2,
        };
        Batch batch = Batch.OfValues([1], 1, 1, 1, new ClassTargets([ClassTargets.Ignored]));
        Assert.Throws<ArgumentException>(() => ModelLaws.Check(network, new(network), batch, new SoftmaxCrossEntropy(), Reduction.Sum));
    }
}
