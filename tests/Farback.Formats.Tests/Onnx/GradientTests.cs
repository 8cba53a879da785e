using Farback.Adjoints;
using Farback.Formats.Onnx;
using Farback.Formats.Onnx.Wire;
using Farback.Gradients;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Formats.Tests.Onnx;

/// <summary>What was opened is differentiated: gradients of the ONNX cases and models as another program worked them out, in double.</summary>
public sealed class GradientTests(ITestOutputHelper output)
{
    private const double Tolerance = 1e-10;

    [Fact]
    public void Gradients_of_every_recurrent_folder_are_those_of_the_reference()
    {
        _ = ReferenceFolder.Files("onnx", "*");
        int compared = 0;
        foreach (
            string file in Directory
                .GetFiles(Path.Combine(ReferenceFolder.Root(), "onnx"), "gradients.safetensors", SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal)
        )
        {
            using SafetensorsFile reference = SafetensorsFile.Open(file);
            string folder = Path.GetDirectoryName(file)!;
            Node node = Assert.Single(OnnxFile.Read(Path.Combine(folder, "model.onnx")).Nodes);
            Value?[] given = Inputs(folder, node);
            var read = new RecurrentNode(node, given[1]!, given[2]!, At(given, 3), At(given, 7));
            Value x = given[0]!;
            (int times, int lanes) = read.IsBatchMajor ? (x.Shape[1], x.Shape[0]) : (x.Shape[0], x.Shape[1]);
            var network = new Network
            {
                Cell = read.Cells[0],
                Inputs = read.Inputs,
                Hidden = read.Hidden,
                Outputs = 0,
                Biases = read.HasBias ? Biases.Two : Biases.None,
            };
            var parameters = new Parameters<double>(network);
            read.CopyTo(parameters, 0, 0, 0);
            int[] lengths = At(given, 4) is { } lens
                ? [.. lens.Wholes.Select(length => (int)length)]
                : [.. Enumerable.Repeat(times, lanes)];
            var states = new States<double>(network, lanes);
            for (int part = 0; part < network.Cell.State.Count; part++)
            for (int lane = 0; lane < lanes && At(given, 5 + part) is not null; lane++)
                At(given, 5 + part)!.Reals.AsSpan(lane * read.Hidden, read.Hidden).CopyTo(states[0, part, lane]);
            double[] values = read.IsBatchMajor
                ? x.Pick([times, lanes, read.Inputs], [read.Inputs, times * read.Inputs, 1]).Reals
                : x.Reals;
            var model = new Model<double>(network, parameters);
            Trace<double> trace = model.Forward(
                Batch.OfValues(values, times, lanes, read.Inputs, new ClassTargets(new int[times * lanes]), lengths),
                initial: states
            );

            // seeds: ∂J/∂Y at every step, ∂J/∂Y_h at each lane's last
            var adjoints = new double[times * lanes * read.Hidden];
            double[]? dY = reference.Find("dY")?.ToDoubles(),
                dYh = reference.Find("dY_h")?.ToDoubles();
            for (int time = 0; time < times; time++)
            for (int lane = 0; lane < lanes; lane++)
            for (int unit = 0; unit < read.Hidden; unit++)
                adjoints[(time * lanes + lane) * read.Hidden + unit] =
                    (dY is null ? 0 : dY[(read.IsBatchMajor ? lane * times + time : time * lanes + lane) * read.Hidden + unit])
                    + (dYh is null || time != lengths[lane] - 1 ? 0 : dYh[lane * read.Hidden + unit]);
            var gradient = new Parameters<double>(network);
            new Bptt<double>(model).Run(trace, Seeds<double>.Given(trace, adjoints), gradient);

            void Same(string name, double[] ours)
            {
                ReferenceModelsTests.Close(reference[$"grad.{name}"].ToDoubles(), ours, Tolerance, $"{folder}: {name}");
                compared++;
            }
            Same("W", RecurrentNode.ToOnnx(node.Operator, gradient["weight_ih_l0"]));
            Same("R", RecurrentNode.ToOnnx(node.Operator, gradient["weight_hh_l0"]));
            if (read.HasBias)
                Same(
                    "B",
                    [
                        .. RecurrentNode.ToOnnx(node.Operator, gradient["bias_ih_l0"]),
                        .. RecurrentNode.ToOnnx(node.Operator, gradient["bias_hh_l0"]),
                    ]
                );
            if (reference.Find("grad.P") is not null)
                Same("P", RecurrentNode.ToOnnx("P", gradient["unit_l0"]));
        }
        output.WriteLine($"{compared} gradients compared");
        Assert.True(compared > 0);
    }

    [Fact]
    public void Gradients_of_every_exported_model_are_those_of_the_framework()
    {
        foreach (string file in ReferenceFolder.Files("onnx-models", "*.onnx"))
        {
            using SafetensorsFile reference = SafetensorsFile.Open(
                Path.Combine(Path.GetDirectoryName(file)!, Path.GetFileName(file).Split('.')[0] + ".reference.safetensors")
            );
            Parameters<double> parameters = OnnxFile.Open(file).Parameters!;
            Network network = parameters.Network;
            int[] targets = [.. reference["target"].ToLongs().Select(target => (int)target)];
            Batch batch;
            States<double>? states = null;
            if (reference.Find("in.tokens") is { } tokens)
            {
                (int times, int lanes) = ((int)tokens.Shape[0], (int)tokens.Shape[1]);
                batch = Batch.OfIds([.. tokens.ToLongs().Select(token => (int)token)], times, lanes, new ClassTargets(targets));
                states = new(network, lanes);
                states.CopyFrom([.. reference["in.h0"].ToDoubles(), .. reference["in.c0"].ToDoubles()]);
            }
            else
            {
                Tensor x = reference["in.x"]; // [batch, time, input]
                (int lanes, int times, int inputs) = ((int)x.Shape[0], (int)x.Shape[1], (int)x.Shape[2]);
                double[] values = Value
                    .Of(Dtype.F64, [lanes, times, inputs], x.ToDoubles())
                    .Pick([times, lanes, inputs], [inputs, times * inputs, 1])
                    .Reals;
                int[] last = [.. Enumerable.Repeat(ClassTargets.Ignored, (times - 1) * lanes), .. targets];
                batch = Batch.OfValues(values, times, lanes, inputs, new ClassTargets(last));
            }
            Trace<double> trace = new Model<double>(network, parameters).Forward(batch, initial: states);
            Parameters<double> gradient = Bptt<double>.Gradient(trace, LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Sum));
            foreach (Block block in network.Blocks)
            {
                string ending = block
                    .Name.Replace("embedding", "emb", StringComparison.Ordinal)
                    .Replace("head", "fc", StringComparison.Ordinal);
                Tensor expected = reference.Tensors.First(tensor =>
                    tensor.Name.StartsWith("grad_sum.", StringComparison.Ordinal) && tensor.Name.EndsWith(ending, StringComparison.Ordinal)
                );
                ReferenceModelsTests.Close(expected.ToDoubles(), gradient[block].ToArray(), Tolerance, $"{file}: {block.Name}");
            }
        }
    }

    private static Value? At(Value?[] values, int i) => i < values.Length ? values[i] : null;

    // the files are in the order of the node's inputs that are there; floats widen
    private static Value?[] Inputs(string folder, Node node)
    {
        List<Value?> values = [];
        int file = 0;
        foreach (string name in node.Inputs)
        {
            if (name.Length == 0)
            {
                values.Add(null);
                continue;
            }
            byte[] bytes = File.ReadAllBytes(Path.Combine(folder, "test_data_set_0", $"input_{file++}.pb"));
            Value value = new TensorData(folder, null, TensorProto.Parser.ParseFrom(bytes), name).Value;
            values.Add(value.IsReal ? Value.Of(Dtype.F64, value.Shape, value.ToDoubles()) : value);
        }
        return [.. values];
    }
}
