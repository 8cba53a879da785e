using Farback.Gradients;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;
using Farback.Tiles;

namespace Farback.Tests.Reference;

/// <summary>PyTorch's outputs, losses, gradients and time-resolved gradients, in float64 at every width.</summary>
public sealed class TorchTests
{
    // sums of a few hundred products of order one in another order: ε·√n stays far below
    private const double Tolerance = 1e-10;

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
        TorchCase torch = Open(name);
        foreach (Width width in Widths.Supported)
        {
            Trace<double> trace = torch.Run<double>(width);
            Network network = torch.Network;
            double[] output = new double[torch.Times * torch.Lanes * network.LayerOutputs];
            for (int place = 0; place < torch.Times * torch.Lanes; place++)
                trace.Output(
                    network.Layers - 1,
                    place / torch.Lanes,
                    place % torch.Lanes,
                    output.AsSpan(place * network.LayerOutputs, network.LayerOutputs)
                );
            Close.Normwise(torch["output"], output, Tolerance, "output");

            States<double> final = trace.FinalStates();
            string[] parts = ["h_n", "c_n"];
            for (int part = 0; part < network.Cell.State.Count; part++)
            {
                List<double> found = [];
                for (int site = 0; site < network.Layers * network.Directions; site++)
                for (int lane = 0; lane < torch.Lanes; lane++)
                    found.AddRange(final[site, part, lane]);
                Close.Normwise(torch[parts[part]], found.ToArray(), Tolerance, parts[part]);
            }

            LossField losses = LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Sum);
            double[] each =
            [
                .. Enumerable.Range(0, torch.Times * torch.Lanes).Select(place => losses.At(place / torch.Lanes, place % torch.Lanes)),
            ];
            double[] mask = torch["mask"];
            Close.Normwise([.. torch["loss_step_batch"].Zip(mask, (loss, m) => loss * m)], each, Tolerance, "loss_step_batch");
            Close.Normwise(torch["loss_sum"], [losses.Total], Tolerance, "loss_sum");
            Close.Normwise(
                torch["loss_mean"],
                [LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Mean).Total],
                Tolerance,
                "loss_mean"
            );
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Gradients_are_those_of_pytorch(string name)
    {
        TorchCase torch = Open(name);
        foreach (Width width in Widths.Supported)
        {
            Trace<double> trace = torch.Run<double>(width);
            foreach ((Reduction reduction, string prefix) in new[] { (Reduction.Sum, "grad_sum."), (Reduction.Mean, "grad_mean.") })
            {
                Parameters<double> gradient = Bptt<double>.Gradient(trace, LossField.Of(trace, new SoftmaxCrossEntropy(), reduction));
                foreach (Block block in torch.Network.Blocks)
                    if (torch.Has(prefix + block.Name))
                        Close.Normwise(torch[prefix + block.Name], gradient[block], Tolerance, prefix + block.Name);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Time_resolved_gradients_are_those_of_pytorch(string name)
    {
        TorchCase torch = Open(name);
        Trace<double> trace = torch.Run<double>(Widths.Current);
        DenseMap map = DenseMap.Of(trace, LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Sum));
        Network network = torch.Network;
        foreach (Block block in network.Blocks)
        {
            if (!torch.Has("tr." + block.Name))
                continue;
            List<double> found = [];
            for (int t = 0; t < torch.Times; t++)
            for (int k = 0; k < torch.Times; k++)
                found.AddRange(map.Entry(block, t, k));
            Close.Normwise(torch["tr." + block.Name], found.ToArray(), Tolerance, "tr." + block.Name);
        }
        string[] parts = ["h", "c"];
        for (int site = 0; site < network.Layers * network.Directions; site++)
        {
            string suffix = $"_l{site / network.Directions}{(site % network.Directions == 1 ? "_reverse" : "")}";
            for (int part = 0; part < network.Cell.State.Count; part++)
            {
                if (!torch.Has("tr." + parts[part] + suffix))
                    continue;
                List<double> found = [];
                for (int t = 0; t < torch.Times; t++)
                for (int k = 0; k < torch.Times; k++)
                for (int lane = 0; lane < torch.Lanes; lane++)
                    found.AddRange(map.Adjoint(site, t, k, lane).Slice(part * network.Hidden, network.Hidden));
                Close.Normwise(torch["tr." + parts[part] + suffix], found.ToArray(), Tolerance, parts[part] + suffix);
            }
        }
        List<double> inputs = [];
        for (int t = 0; t < torch.Times; t++)
        for (int k = 0; k < torch.Times; k++)
        for (int lane = 0; lane < torch.Lanes; lane++)
            inputs.AddRange(map.Input(t, k, lane));
        Close.Normwise(torch["tr.x"], inputs.ToArray(), Tolerance, "tr.x");
    }

    private static TorchCase Open(string name)
    {
        ReferenceFolder.Require("torch");
        return new(name);
    }
}
