using Farback.Gradients;
using Farback.Networks;
using Farback.Numbers;

namespace Farback.Tests.Reference;

/// <summary>PyTorch's outputs, losses, gradients and time-resolved gradients, in float64.</summary>
/// <remarks>Whatever a case holds is compared: the tests go through the tensors of the file, so that none is passed over.</remarks>
public sealed class TorchTests
{
    // sums of a few hundred products of order one in another order: ε·√n stays far below
    private const double Tolerance = 1e-10;

    /// <summary>The engine that is in use, and the plain one.</summary>
    private static IEnumerable<Width> TwoWidths => [.. new[] { Width.Scalar, Widths.Current }.Distinct()];

    public static TheoryData<string> Cases()
    {
        TheoryData<string> data = [.. TorchCase.Names()];
        if (data.Count == 0)
            data.Add("");
        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Outputs_states_and_losses_are_those_of_pytorch(string name)
    {
        using TorchCase torch = Open(name);
        Network network = torch.Network;
        int places = torch.Times * torch.Lanes;
        foreach (Width width in Widths.Supported)
        {
            Trace<double> trace = torch.Run(width);
            double[] output = new double[places * network.LayerOutputs];
            for (int place = 0; place < places; place++)
                trace.Output(
                    network.Layers - 1,
                    place / torch.Lanes,
                    place % torch.Lanes,
                    output.AsSpan(place * network.LayerOutputs, network.LayerOutputs)
                );
            Same(torch.Tensor("output", torch.Times, torch.Lanes, network.LayerOutputs), output, "output", width);

            States<double> final = trace.FinalStates();
            for (int part = 0; part < network.Cell.State.Count; part++)
            {
                List<double> found = [];
                for (int site = 0; site < torch.Sites; site++)
                for (int lane = 0; lane < torch.Lanes; lane++)
                    found.AddRange(final[site, part, lane]);
                string state = TorchCase.Parts[part] + "_n";
                Same(torch.Tensor(state, torch.Sites, torch.Lanes, network.Hidden), [.. found], state, width);
            }

            // in padding the read-out means nothing, on either side
            (double[] logits, int[] where) = torch.AtPlaces("logits", network.Outputs);
            for (int i = 0; i < where.Length; i++)
                if (torch.Batch.IsValid(where[i] / torch.Lanes, where[i] % torch.Lanes))
                    Same(
                        logits.AsSpan(i * network.Outputs, network.Outputs),
                        trace.ReadOut(where[i] / torch.Lanes, where[i] % torch.Lanes),
                        $"logits at place {where[i]}",
                        width
                    );

            LossField losses = LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Sum);
            (double[] each, where) = torch.AtPlaces("loss_step_batch");
            double[] steps = new double[torch.Times];
            for (int place = 0; place < places; place++)
                steps[place / torch.Lanes] += losses.At(place / torch.Lanes, place % torch.Lanes);
            Same(
                [.. each.Select((loss, i) => torch.HasLoss[where[i]] ? loss : 0)],
                [.. where.Select(place => losses.At(place / torch.Lanes, place % torch.Lanes))],
                "loss_step_batch",
                width
            );
            Same(torch.Tensor("loss_step", torch.Times), steps, "loss_step", width);
            Same(torch.Tensor("loss_sum", 1), [losses.Total], "loss_sum", width);
            double mean = LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Mean).Total;
            Same(torch.Tensor("loss_mean", 1), [mean], "loss_mean", width);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Gradients_are_those_of_pytorch(string name)
    {
        using TorchCase torch = Open(name);
        foreach (Width width in Widths.Supported)
        {
            Trace<double> trace = torch.Run(width);
            foreach ((Reduction reduction, string prefix) in new[] { (Reduction.Sum, "grad_sum."), (Reduction.Mean, "grad_mean.") })
            {
                LossField losses = LossField.Of(trace, new SoftmaxCrossEntropy(), reduction);
                Parameters<double> gradient = Bptt<double>.Gradient(trace, losses);
                DenseMap map = DenseMap.Of(trace, losses);
                string[] names = [.. torch.NamesOf(prefix)];
                Assert.NotEmpty(names);
                foreach (string tensor in names)
                {
                    (double[] found, long[] shape) = tensor[prefix.Length..] switch
                    {
                        "x" => (Inputs(map), [torch.Times, torch.Lanes, torch.Network.Inputs]),
                        "h0" => (Initial(map, 0), [torch.Sites, torch.Lanes, torch.Network.Hidden]),
                        "c0" => (Initial(map, 1), [torch.Sites, torch.Lanes, torch.Network.Hidden]),
                        string block => (gradient[torch.Network[block]].ToArray(), TorchCase.ShapeOf(torch.Network[block])),
                    };
                    Same(torch.Tensor(tensor, shape), found, tensor, width);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Time_resolved_gradients_are_those_of_pytorch(string name)
    {
        using TorchCase torch = Open(name);
        Network network = torch.Network;
        string[] names = Resolved(torch);
        foreach (Width width in TwoWidths)
        {
            Trace<double> trace = torch.Run(width);
            DenseMap map = DenseMap.Of(trace, LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Sum));
            foreach (string tensor in names)
            {
                List<double> found = [];
                long[] shape = [torch.Lanes, network.Hidden];
                if (tensor == "tr.x")
                {
                    shape = [torch.Lanes, network.Inputs];
                    for (int place = 0; place < torch.Times * torch.Times * torch.Lanes; place++)
                        found.AddRange(
                            map.Input(place / torch.Lanes / torch.Times, place / torch.Lanes % torch.Times, place % torch.Lanes)
                        );
                }
                else if (SiteOf(torch, tensor) is (int site, int part))
                {
                    for (int place = 0; place < torch.Times * torch.Times * torch.Lanes; place++)
                        found.AddRange(
                            map.Adjoint(site, place / torch.Lanes / torch.Times, place / torch.Lanes % torch.Times, place % torch.Lanes)
                                .Slice(part * network.Hidden, network.Hidden)
                        );
                }
                else
                {
                    Block block = network[tensor[3..]];
                    shape = TorchCase.ShapeOf(block);
                    for (int entry = 0; entry < torch.Times * torch.Times; entry++)
                        found.AddRange(map.Entry(block, entry / torch.Times, entry % torch.Times));
                }
                Same(torch.Tensor(tensor, [torch.Times, torch.Times, .. shape]), [.. found], tensor, width);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_maps_norms_and_shares_are_those_of_pytorch(string name)
    {
        using TorchCase torch = Open(name);
        Network network = torch.Network;
        string[] names = Resolved(torch);
        int entries = torch.Times * torch.Times;
        foreach (Width width in TwoWidths)
        {
            Trace<double> trace = torch.Run(width);
            GradientMap map = GradientMap.Of(trace, LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Sum));
            double[] squares = new double[entries],
                products = new double[entries];
            double whole = 0;
            bool complete = true;
            foreach (Block block in network.Blocks)
            {
                if (!torch.Has("grad_sum." + block.Name))
                {
                    complete = false; // a read-out without a bias there is one whose bias is learned here
                    continue;
                }
                double[] gradient = torch.Tensor("grad_sum." + block.Name, TorchCase.ShapeOf(block));
                double square = gradient.Sum(g => g * g);
                whole += square;
                double[] written =
                    names.Contains("tr." + block.Name)
                        ? torch.Tensor("tr." + block.Name, [torch.Times, torch.Times, .. TorchCase.ShapeOf(block)])
                    : block.Layer == network.Layers ? ReadOut(torch, block)
                    : [];
                complete &= written.Length > 0;
                if (written.Length == 0)
                    continue;
                foreach (MapSeries series in map.Series.Where(series => series.Block == block))
                {
                    double[] norms = new double[entries],
                        shares = new double[entries];
                    for (int entry = 0; entry < entries; entry++)
                    {
                        ReadOnlySpan<double> part = written.AsSpan(entry * block.Count + series.First, series.Count);
                        norms[entry] = Math.Sqrt(Dot(part, part));
                        shares[entry] = Dot(part, gradient.AsSpan(series.First, series.Count));
                        if (series.Gate is null)
                            (squares[entry], products[entry]) = (
                                squares[entry] + norms[entry] * norms[entry],
                                products[entry] + shares[entry]
                            );
                        shares[entry] /= square;
                    }
                    AssertSame(map, series, norms, shares, width);
                }
            }
            if (complete)
                AssertSame(map, map.All, [.. squares.Select(Math.Sqrt)], [.. products.Select(product => product / whole)], width);
            for (int site = 0; site < torch.Sites; site++)
                AssertAdjoints(torch, map, site, width);
        }
    }

    private static void AssertSame(GradientMap map, MapSeries series, double[] norms, double[] shares, Width width)
    {
        double[] foundNorms = new double[norms.Length],
            foundShares = new double[norms.Length];
        for (int at = 0; at < norms.Length; at++)
        {
            int entry = map.Entry(at / map.Times, at % map.Times);
            (foundNorms[at], foundShares[at]) = (double.Exp2(series.Log2Norm[entry]), series.Share[entry]);
        }
        Same(norms, foundNorms, $"norms of {series.Name}", width);
        // the gradient is exactly zero: there is nothing to have a share in, and both sides say so
        if (shares.All(double.IsNaN))
            Assert.All(foundShares, share => Assert.True(double.IsNaN(share)));
        else
            Same(shares, foundShares, $"shares of {series.Name}", width);
    }

    private static void AssertAdjoints(TorchCase torch, GradientMap map, int site, Width width)
    {
        string[] parts = [.. TorchCase.Parts.Take(torch.Network.Cell.State.Count).Select(part => $"tr.{part}_{torch.Suffix(site)}")];
        if (!parts.All(torch.Has))
            return;
        int units = torch.Network.Hidden;
        double[] expected = new double[torch.Times * torch.Times * torch.Lanes],
            found = new double[expected.Length];
        foreach (string part in parts)
        {
            double[] written = torch.Tensor(part, torch.Times, torch.Times, torch.Lanes, units);
            for (int at = 0; at < expected.Length; at++)
                expected[at] += Dot(written.AsSpan(at * units, units), written.AsSpan(at * units, units));
        }
        for (int at = 0; at < expected.Length; at++)
        {
            int entry = map.Entry(at / torch.Lanes / torch.Times, at / torch.Lanes % torch.Times);
            double log = map.Sites[site].AdjointAt(entry, at % torch.Lanes);
            (expected[at], found[at]) = (Math.Sqrt(expected[at]), double.IsNaN(log) ? 0 : double.Exp2(log)); // NaN: no path leads there
        }
        Same(expected, found, $"norms of the adjoints of {torch.Suffix(site)}", width);
    }

    // the read-out is used at k = t only: Σ_b (softmax − one-hot) yᵀ, of PyTorch's own logits and outputs
    private static double[] ReadOut(TorchCase torch, Block block)
    {
        Network network = torch.Network;
        double[] written = new double[torch.Times * torch.Times * block.Count];
        double[] output = torch.Tensor("output", torch.Times, torch.Lanes, network.LayerOutputs);
        (double[] logits, int[] places) = torch.AtPlaces("logits", network.Outputs);
        for (int i = 0; i < places.Length; i++)
        {
            int place = places[i],
                t = place / torch.Lanes;
            if (!torch.HasLoss[place])
                continue;
            double[] weights = [.. logits.AsSpan(i * network.Outputs, network.Outputs).ToArray().Select(Math.Exp)];
            for (int row = 0; row < block.Rows; row++)
            {
                double δ = weights[row] / weights.Sum() - (row == torch.Targets[place] ? 1 : 0);
                for (int column = 0; column < block.Columns; column++)
                    written[(t * torch.Times + t) * block.Count + row * block.Columns + column] +=
                        δ * (block.Kind == BlockKind.ReadOutBias ? 1 : output[place * network.LayerOutputs + column]);
            }
        }
        return written;
    }

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }

    // dJ/dx_k = Σ_t ∂(wL_t)/∂x_k
    private static double[] Inputs(DenseMap map)
    {
        int size = map.Network.InputsOf(0);
        double[] sum = new double[map.Times * map.Lanes * size];
        for (int t = 0; t < map.Times; t++)
        for (int at = 0; at < sum.Length; at++)
            sum[at] += map.Input(t, at / size / map.Lanes, at / size % map.Lanes)[at % size];
        return sum;
    }

    private static double[] Initial(DenseMap map, int part)
    {
        int size = map.Network.Hidden;
        double[] sum = new double[map.Network.Layers * map.Network.Directions * map.Lanes * size];
        for (int t = 0; t < map.Times; t++)
        for (int at = 0; at < sum.Length; at++)
            sum[at] += map.Initial(at / size / map.Lanes, t, at / size % map.Lanes)[part * size + at % size];
        return sum;
    }

    // the layer, direction and part of the state that a tensor of adjoints is about
    private static (int Site, int Part)? SiteOf(TorchCase torch, string tensor)
    {
        for (int site = 0; site < torch.Sites; site++)
        for (int part = 0; part < torch.Network.Cell.State.Count; part++)
            if (tensor == $"tr.{TorchCase.Parts[part]}_{torch.Suffix(site)}")
                return (site, part);
        return null;
    }

    private static string[] Resolved(TorchCase torch)
    {
        string[] names = [.. torch.NamesOf("tr.")];
        Assert.SkipWhen(names.Length == 0, $"The reference case {torch.Name} holds no time-resolved gradients.");
        return names;
    }

    private static void Same(ReadOnlySpan<double> expected, ReadOnlySpan<double> found, string what, Width width) =>
        Close.Normwise(expected, found, Tolerance, $"{what} at width {Widths.Name(width)}");

    private static TorchCase Open(string name)
    {
        string folder = ReferenceFolder.Require("torch");
        Assert.SkipWhen(name.Length == 0, $"The folder {folder} holds no case.");
        return new(name);
    }
}
