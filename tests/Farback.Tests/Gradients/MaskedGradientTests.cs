using Farback.Gradients;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Tests.Gradients;

/// <summary>A mask on the entries (t, k) removes those entries and nothing else.</summary>
public sealed class MaskedGradientTests
{
    // the same few dozen additions in another order, relative to the block's largest number
    private const double Tolerance = 1e-12;

    public static TheoryData<string> Networks() => [.. Shapes.All.Keys];

    [Theory]
    [MemberData(nameof(Networks))]
    public void It_is_the_sum_of_the_kept_entries_whichever_they_are(string name)
    {
        (Trace<double> trace, LossField losses) = Shapes.Run<double>(Shapes.All[name], seed: 21);
        DenseMap dense = DenseMap.Of(trace, losses);
        (string What, Func<int, int, bool> Keep)[] masks =
        [
            ("all", (_, _) => true),
            ("no", (_, _) => false),
            ("scattered", (t, k) => (7 * t + 3 * k) % 5 < 2),
            ("lag 2", (t, k) => t - k == 2),
            ("the future", (t, k) => k > t),
            ("one row", (t, _) => t == 3),
            ("one column", (_, k) => k == 1),
        ];
        foreach ((string what, Func<int, int, bool> keep) in masks)
        foreach (int window in new[] { trace.Times - 1, 2 })
        {
            Parameters<double> masked = MaskedGradient.Of(trace, losses, window, keep);
            foreach (Block block in dense.Network.Blocks)
                Close.Normwise(
                    Written.Sum(dense, block, (t, k) => Math.Abs(t - k) <= window && keep(t, k)),
                    masked[block],
                    Tolerance,
                    $"{name}, {what}, window {window}: {block.Name}"
                );
        }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void A_row_of_the_map_is_the_gradient_of_its_own_loss_and_nothing_else(string name)
    {
        (Trace<double> trace, _) = Shapes.Run<double>(Shapes.All[name], seed: 22);
        LossField losses = LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Sum);
        for (int time = 0; time < trace.Times; time++)
        {
            Parameters<double> row = MaskedGradient.Of(trace, losses, trace.Times - 1, (t, _) => t == time);
            Trace<double> one = trace.Model.Forward(Written.OnlyAt(trace.Batch, time));
            Parameters<double> single = Bptt<double>.Gradient(one, LossField.Of(one, new SoftmaxCrossEntropy(), Reduction.Sum));
            Close.Normwise(single.Values, row.Values, Tolerance, $"{name}: dL_{time}/dθ");
        }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void A_mask_and_its_opposite_make_the_gradient(string name)
    {
        (Trace<double> trace, LossField losses) = Shapes.Run<double>(Shapes.All[name], seed: 23);
        static bool Short(int t, int k) => Math.Abs(t - k) < 3;
        double[] near = MaskedGradient.Of(trace, losses, trace.Times - 1, Short).Values,
            far = MaskedGradient.Of(trace, losses, trace.Times - 1, (t, k) => !Short(t, k)).Values;
        Close.Normwise(Bptt<double>.Gradient(trace, losses).Values, [.. near.Zip(far, (a, b) => a + b)], Tolerance, name);
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Shares_by_loss_by_use_and_by_lag_are_those_of_the_rows_the_columns_and_the_diagonals(string name)
    {
        (Trace<double> trace, LossField losses) = Shapes.Run<double>(Shapes.All[name], seed: 24);
        GradientMap map = GradientMap.Of(trace, losses);
        double[] g = Bptt<double>.Gradient(trace, losses).Values;
        double Share(Func<int, int, bool> keep) =>
            Written.Inner(MaskedGradient.Of(trace, losses, trace.Times - 1, keep).Values, g) / Written.Inner(g, g);
        void Same(string what, IEnumerable<(int At, double Share)> found, Func<int, Func<int, int, bool>> keep)
        {
            (int At, double Share)[] sums = [.. found];
            // shares take a root's square and a quotient: half of the digits of a cancelling sum are safe
            Assert.Equal(1, sums.Sum(one => one.Share), 1e-10);
            Close.Normwise([.. sums.Select(one => Share(keep(one.At)))], [.. sums.Select(one => one.Share)], 1e-10, $"{name}: {what}");
        }
        Same("rows", map.SharesByLoss().Select(one => (one.Key, one.Value)), at => (t, _) => t == at);
        Same("columns", map.SharesByUse().Select(one => (one.Key, one.Value)), at => (_, k) => k == at);
        Same("lags", map.SharesByLag().Select(one => (one.Lag, one.Share)), at => (t, k) => t - k == at);
    }
}
