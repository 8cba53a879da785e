using Farback.Cells;
using Farback.Diagnosis;
using Farback.Experiments;
using Farback.Networks;
using Farback.Reports;
using Farback.Sequences;

namespace Farback.Tests.Diagnosis;

/// <summary>A chain agrees with itself however small its entry is: squares below a double's range are nobody's zero.</summary>
public sealed class TinyChainTests
{
    [Theory]
    [InlineData(100, -98)]
    [InlineData(170, -168)] // its square is below the range
    [InlineData(250, -248)]
    [InlineData(330, -328)] // it is below the range itself: too small for dual numbers
    public void Product_map_and_dual_numbers_agree_on_an_entry_of_any_size(int times, int about)
    {
        var network = new Network
        {
            Cell = AllCells.Elman,
            Inputs = 1,
            Hidden = 2,
            Outputs = 1,
        };
        Parameters<double> parameters = Initial.Default.Draw(network, 1);
        double[] recurrent = [0.1, 0.05, 0.05, 0.08]; // about a tenth is left a step
        recurrent.CopyTo(parameters["weight_hh_l0"]);
        double[] x = [.. Enumerable.Range(0, times).Select(i => Math.Sin(i))],
            y = new double[times];
        Array.Fill(y, double.NaN);
        y[^1] = 1;
        Trace<double> trace = new Model<double>(network, parameters).Forward(Batch.OfValues(x, times, 1, 1, new ValueTargets(y, 1)));
        EntryChain chain = EntryChain.Of(trace, LossField.Of(trace, new SquaredError(), Reduction.Sum), times - 1, 1, "weight_ih_l0");
        Assert.InRange(chain.Log10Map, 1.1 * about, 0.9 * about);
        Assert.True(chain.Agrees, $"{chain.Log10Product} {chain.Log10Map} {chain.Log10Dual}");
        Assert.Equal(about < EntryChain.LeastLog10OfDuals, chain.Log10Dual is null);
        Assert.Equal(0, chain.Weight.Row); // the first unit keeps more, also where no double holds either
        string[] words = [.. Enumerable.Range(1, times).Select(step => $"{step}")];
        ChainView view = ChainViews.Of("tiny", trace.Model, trace.Batch, new SquaredError(), words, times - 1, 1, "weight_ih_l0");
        Assert.Equal(chain.Log10Dual is null, ChainText.Agreement(view).Contains("too small for dual numbers", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("weight_hh_l0")]
    [InlineData("head.weight")]
    [InlineData("head.bias")]
    public void An_answer_may_be_so_confident_that_the_square_of_its_error_is_below_the_range(string series)
    {
        var network = new Network
        {
            Cell = AllCells.Gru,
            Inputs = 1,
            Hidden = 3,
            Outputs = 2,
        };
        Parameters<double> parameters = Initial.Default.Draw(network, 2);
        parameters["head.bias"][0] = 400; // right, but for e⁻⁴⁰⁰
        Trace<double> trace = new Model<double>(network, parameters).Forward(
            Batch.OfValues([0.3, -0.7, 0.9, 0.2], 4, 1, 1, new ClassTargets(new int[4]))
        );
        LossField losses = LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Sum);
        EntryChain chain = EntryChain.Of(trace, losses, 3, series == "weight_hh_l0" ? 1 : 3, series);
        Assert.InRange(chain.Log10Map, -180, -170);
        Assert.True(chain.Agrees, $"{chain.Log10Product} {chain.Log10Map} {chain.Log10Dual}");
    }
}
