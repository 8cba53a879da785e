using Farback.Diagnosis.Spectra;
using Farback.Networks;
using Farback.Numbers;

namespace Farback.Tests.Reference;

/// <summary>PyTorch's λ[t,k] = ∂L_t/∂s_k on h and c, as λ[t,t] carried back by the scaled product of step Jacobians.</summary>
/// <remarks>
///   Of the top layer, where every path to a later loss stays in its own state: below, PyTorch's adjoints hold the same step's way up too.
/// </remarks>
public sealed class TorchSpectrumTests
{
    private const double Tolerance = 1e-10; // twelve products of matrices of order one

    public static TheoryData<string> Cases() => TorchTests.Cases();

    [Theory]
    [MemberData(nameof(Cases))]
    public void Adjoints_are_pytorchs_seeds_carried_back_by_the_product(string name)
    {
        string folder = ReferenceFolder.Require("torch");
        Assert.SkipWhen(name.Length == 0, $"The folder {folder} holds no case.");
        using var torch = new TorchCase(name);
        Network network = torch.Network;
        int top = (network.Layers - 1) * network.Directions,
            parts = network.Cell.State.Count,
            units = network.Hidden;
        Trace<double> trace = torch.Run(Widths.Current);
        int compared = 0;
        for (int site = top; site < torch.Sites; site++)
        {
            string[] tensors = [.. TorchCase.Parts.Take(parts).Select(part => $"tr.{part}_{torch.Suffix(site)}")];
            Assert.SkipUnless(tensors.All(torch.Has), $"The reference case {name} holds no time-resolved adjoints.");
            double[][] written = [.. tensors.Select(tensor => torch.Tensor(tensor, torch.Times, torch.Times, torch.Lanes, units))];
            var steps = new StepJacobians<double>(trace, site);
            int n = steps.Coordinates;
            double[] Row(int t, int k, int lane) =>
                [.. written.SelectMany(part => part.AsSpan(((t * torch.Times + k) * torch.Lanes + lane) * units, units).ToArray())];
            double[] jacobian = new double[n * n];
            for (int lane = 0; lane < torch.Lanes; lane++)
            {
                (int first, int end) = steps.Steps(lane);
                for (int from = first; from < end; from++)
                {
                    int t = steps.WalkStep(from);
                    if (!torch.HasLoss[t * torch.Lanes + lane])
                        continue;
                    double[] seed = Row(t, t, lane);
                    double size = seed.Max(Math.Abs);
                    var product = new ScaledProduct(n);
                    for (int p = from; p > first; p--)
                    {
                        steps.Read(lane, p, jacobian);
                        product.Multiply(jacobian);
                        (double log, double[] direction) = product.Apply(seed);
                        double[] expected = Row(t, steps.WalkStep(p - 1), lane);
                        for (int i = 0; i < n; i++)
                            Assert.Equal(expected[i], direction[i] * Math.Exp(log), Tolerance * size);
                        compared++;
                    }
                }
            }
        }
        Assert.True(compared > 0, "nothing was compared");
    }
}
