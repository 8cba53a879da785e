using Farback.Gradients;
using Farback.Networks;

namespace Farback.Tests.Gradients;

/// <summary>g₁ = Σ_t G[t,t] predicts now, g₂ = Σ_{k≠t} G[t,k] carries forward; together they are the gradient.</summary>
public sealed class RoleSplitTests
{
    private const double Tolerance = 1e-10; // a share and a cosine of some hundred products, ∇ − g₁ cancelling up to 1e4

    public static TheoryData<string> Networks() => [.. Shapes.All.Keys];

    [Theory]
    [MemberData(nameof(Networks))]
    public void Shares_and_cosine_are_those_of_the_written_out_diagonal_and_the_rest(string name)
    {
        (Trace<double> trace, LossField losses) = Shapes.Run<double>(Shapes.All[name], seed: 31);
        DenseMap dense = DenseMap.Of(trace, losses);
        foreach (Roles roles in RoleSplit.Of(trace, losses))
        {
            Block block = dense.Network[roles.Block];
            double[] now = Written.Sum(dense, block, (t, k) => t == k),
                carry = Written.Sum(dense, block, (t, k) => t != k),
                whole = [.. now.Zip(carry, (a, b) => a + b)];
            Assert.Equal(1, roles.Now!.Value + roles.Carry!.Value, Tolerance);
            Assert.Equal(Written.Inner(now, whole) / Written.Inner(whole, whole), roles.Now.Value, Tolerance);
            double both = Written.Norm(now) * Written.Norm(carry);
            if (both > 0)
                Assert.Equal(Written.Inner(now, carry) / both, roles.Cosine!.Value, Tolerance);
            else
                Assert.Null(roles.Cosine);
        }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void The_read_out_has_role_one_only_in_double_and_in_float(string name)
    {
        foreach (IReadOnlyList<Roles> roles in new[] { Of<double>(name), Of<float>(name) })
        foreach (Roles head in roles.Where(role => role.Block.StartsWith("head", StringComparison.Ordinal)))
        {
            Assert.Equal(1, head.Now!.Value, 1e-5);
            Assert.Equal(0, head.Carry!.Value, 1e-5);
            Assert.Null(head.Cosine);
        }
    }

    private static IReadOnlyList<Roles> Of<T>(string name)
        where T : unmanaged
    {
        (Trace<T> trace, LossField losses) = Shapes.Run<T>(Shapes.All[name], seed: 32);
        return RoleSplit.Of(trace, losses);
    }

    [Fact]
    public void A_block_without_a_gradient_has_no_shares()
    {
        (Trace<double> trace, _) = Shapes.Run<double>(Shapes.All["elman"], seed: 33, lanes: 1);
        Trace<double> first = trace.Model.Forward(Written.OnlyAt(trace.Batch, 0)); // W_h meets only h_0 = 0
        Roles recurrent = RoleSplit
            .Of(first, LossField.Of(first, new SoftmaxCrossEntropy(), Reduction.Sum))
            .Single(roles => roles.Block == "weight_hh_l0");
        Assert.Equal((null, null, null), (recurrent.Now, recurrent.Carry, recurrent.Cosine));
    }
}
