using System.Text.Json;
using Farback.Cells;
using Farback.Formats.Tests.Runs;
using Farback.Gradients;
using Farback.Networks;

namespace Farback.Formats.Tests.Contract;

/// <summary>Every case of reference/torch by way of the file contract: opened as a model and as a batch, with its targets and with its adjoints.</summary>
public sealed class ReferenceBatchTests : IDisposable
{
    private const double Tolerance = 1e-10;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static IEnumerable<(string File, string Mode)> Cases()
    {
        foreach (string json in ReferenceFolder.Files("torch", "*.json"))
        {
            using JsonDocument text = JsonDocument.Parse(File.ReadAllText(json));
            yield return (Path.ChangeExtension(json, ".safetensors"), text.RootElement.GetProperty("mode").GetString()!);
        }
    }

    [Fact]
    public void Every_gradient_agrees_with_the_targets_in_the_file_and_with_the_adjoints_of_their_losses()
    {
        int cases = 0;
        foreach ((string path, string mode) in Cases())
        {
            OpenOptions options = new() { Activation = mode == "RNN_RELU" ? Activation.Relu : null };
            Parameters<double> parameters = ModelFile.Of(ModelFile.Open(path, options)).Parameters;
            using SafetensorsFile reference = SafetensorsFile.Open(path);
            Agrees(path, BatchFile.Open(path, parameters.Network), parameters, reference);
            Tensor[] adjoints = Adjoints(reference, parameters.Network);
            foreach (Tensor one in adjoints)
            {
                string written = Path.Combine(_folder.Path, "batch.npz");
                Tensor[] beside = [.. reference.Tensors.Where(tensor => tensor.Name is "x" or "lengths" or "mask" or "h0" or "c0")];
                NpzFile.Write(written, [.. beside, one]);
                Agrees($"{path}, dL_dh of rank {one.Shape.Count}", BatchFile.Open(written, parameters.Network), parameters, reference);
            }
            cases++;
        }
        Assert.True(cases > 0);
    }

    // ∂L_t/∂h_t = Wᵀ (softmax(y) − one-hot), by the reference's own read-outs; and the same with a row for all that a loss reads
    private static Tensor[] Adjoints(SafetensorsFile reference, Network network)
    {
        double[] logits = reference["logits"].ToDoubles(),
            head = reference["head.weight"].ToDoubles(),
            mask = reference["mask"].ToDoubles(),
            target = reference["target"].ToDoubles();
        int outputs = network.Outputs,
            width = network.LayerOutputs,
            places = logits.Length / outputs;
        Tensor x = reference["x"];
        (int times, int lanes) = ((int)x.Shape[0], (int)x.Shape[1]);
        bool last = target.Length == lanes;
        double[] lengths = reference["lengths"].ToDoubles(),
            each = new double[times * lanes * width],
            apart = new double[times * each.Length];
        for (int i = 0; i < places; i++)
        {
            int place = last ? ((int)lengths[i] - 1) * lanes + i : i;
            ReadOnlySpan<double> y = logits.AsSpan(i * outputs, outputs);
            double high = double.NegativeInfinity,
                sum = 0;
            foreach (double one in y)
                high = Math.Max(high, one);
            foreach (double one in y)
                sum += Math.Exp(one - high);
            for (int output = 0; output < outputs && mask[mask.Length == lanes ? place % lanes : place] != 0; output++)
            for (int unit = 0; unit < width; unit++)
                each[place * width + unit] +=
                    head[output * width + unit] * (Math.Exp(y[output] - high) / sum - (output == (int)target[i] ? 1 : 0));
        }
        for (int t = 0; t < times; t++)
            Array.Copy(each, t * lanes * width, apart, (t * times + t) * lanes * width, lanes * width);
        return [Tensor.Of("dL_dh", [times, lanes, width], each), Tensor.Of("dL_dh", [times, times, lanes, width], apart)];
    }

    private static void Agrees(string what, BatchFile batch, Parameters<double> parameters, SafetensorsFile reference)
    {
        Parameters<double> weights = batch.For(parameters);
        Trace<double> trace = new Model<double>(weights.Network, weights).Forward(batch.Batch, initial: batch.Initial);
        LossField losses = batch.LossesOf(trace);
        Parameters<double> gradient = Bptt<double>.Gradient(trace, losses);
        var dense = DenseMap.Of(trace, losses);
        GradientMap map = GradientMap.Of(trace, losses);
        Assert.True(map.Residual < Tolerance, $"{what}: the map's own residual is {map.Residual}");
        foreach (Block block in weights.Network.Blocks)
        {
            Close(reference[$"grad_sum.{block.Name}"].ToDoubles(), gradient[block], $"{what}: grad_sum.{block.Name}");
            if (reference.Find($"tr.{block.Name}") is not { } rows)
                continue;
            double[] theirs = rows.ToDoubles();
            for (int t = 0; t < trace.Times; t++)
            for (int k = 0; k < trace.Times; k++)
            {
                ReadOnlySpan<double> entry = theirs.AsSpan((t * trace.Times + k) * block.Count, block.Count);
                Close(entry, dense.Entry(block, t, k), $"{what}: tr.{block.Name}[{t},{k}]", gradient.Norm());
                if (Norm(entry) > Tolerance * gradient.Norm())
                    Assert.Equal(Math.Log2(Norm(entry)), map[block.Name].Log2Norm[map.Entry(t, k)], 1e-6);
            }
        }
    }

    private static double Norm(ReadOnlySpan<double> numbers)
    {
        double square = 0;
        foreach (double number in numbers)
            square += number * number;
        return Math.Sqrt(square);
    }

    // normwise; entries are measured by the whole gradient, since many of them are nothing
    private static void Close(ReadOnlySpan<double> theirs, ReadOnlySpan<double> ours, string what, double size = 0)
    {
        Assert.Equal(theirs.Length, ours.Length);
        double[] apart = new double[theirs.Length];
        for (int i = 0; i < apart.Length; i++)
            apart[i] = theirs[i] - ours[i];
        double difference = Norm(apart);
        Assert.True(difference <= Tolerance * Math.Max(size, Norm(theirs)), $"{what}: {difference} apart of {Norm(theirs)}");
    }
}
