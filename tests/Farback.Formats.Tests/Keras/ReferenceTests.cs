using Farback.Formats.Hdf5;
using Farback.Formats.Keras;
using Farback.Formats.Onnx;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Formats.Tests.Keras;

/// <summary>Models that Keras 1 to 3 saved, run on the inputs that came with them.</summary>
public sealed class ReferenceTests(ITestOutputHelper output)
{
    // the activations stand beside the file as floats
    private const double Apart = 1e-5;

    private static IEnumerable<string> Models() =>
        ReferenceFolder
            .Files("keras", "*")
            .Where(file => Path.GetExtension(file) is ".h5" or ".keras" && !file.Contains("inputs_and_outputs", StringComparison.Ordinal));

    [Fact]
    public void Every_model_opens_as_a_network_that_was_proved_by_running_it()
    {
        int opened = 0;
        foreach (string file in Models())
        {
            OpenedModel model = KerasFile.Open(file);
            output.WriteLine($"{Path.GetFileName(file)}: {model.Format}");
            foreach (Finding finding in model.Findings)
                output.WriteLine($"  {finding.Kind}: {finding.Sentence}");
            Assert.NotNull(model.Network);
            Assert.DoesNotContain(model.Findings, finding => finding.Kind is FindingKind.Outside or FindingKind.Undecided);
            Assert.Contains(model.Findings, finding => finding.Sentence.Contains("apart", StringComparison.Ordinal));
            Assert.NotEmpty(model.Tensors);
            opened++;
        }
        Assert.True(opened > 0);
    }

    [Fact]
    public void The_outputs_of_every_layer_agree_with_the_values_that_came_with_the_model()
    {
        int compared = 0;
        foreach (string file in Models())
        {
            string with = file.Replace("_model.h5", "_inputs_and_outputs.h5", StringComparison.Ordinal);
            if (with == file || !File.Exists(with))
                continue;
            Hdf5File values = Hdf5File.Read(with, File.ReadAllBytes(with));
            Hdf5Dataset input = values.Root.Find("inputs")!.All().Single();
            KerasModel model = KerasModel.Read(file, File.ReadAllBytes(file), new());
            Evaluator run = Run(model.Graph!.Whole(), [.. input.Shape.Select(size => (int)size)], input.Read().ToDoubles());
            foreach (Hdf5Dataset expected in values.Root.Find("activations")!.All().Concat(values.Root.Find("predictions")!.All()))
            {
                Compare(expected.Read().ToDoubles(), run[expected.Path.Split('/')[1]]!.Reals, $"{Path.GetFileName(file)} {expected.Path}");
                compared++;
            }
        }
        Assert.True(compared > 0);
    }

    [Fact]
    public void The_outputs_of_models_with_an_archive_of_inputs_and_outputs_agree()
    {
        int compared = 0;
        foreach (string file in Models())
        {
            string with = Path.Combine(Path.GetDirectoryName(file)!, $"{Path.GetFileNameWithoutExtension(file)}_io.npz");
            if (!File.Exists(with))
                continue;
            (int[] shape, double[] x) = Npz.Read(with, "x");
            KerasModel model = KerasModel.Read(file, File.ReadAllBytes(file), new());
            Evaluator run = Run(model.Graph!.Whole(), shape, x);
            double[] y = Npz.Read(with, "y").Numbers;
            Compare(y, run[model.Graph!.Whole().Outputs[0]]!.Reals, Path.GetFileName(file));

            // the network does the same, but for what stands above its read-out: the last step or all, as they are or as probabilities
            Parameters<double> parameters = KerasFile.Open(file).Parameters!;
            Network network = parameters.Network;
            (int lanes, int times) = (shape[0], shape[1]);
            var targets = new ClassTargets(new int[times * lanes]);
            Batch batch =
                network.Words > 0
                    ? Batch.OfIds([.. Turned(x, lanes, times, 1).Select(id => (int)id)], times, lanes, targets)
                    : Batch.OfValues(Turned(x, lanes, times, network.Inputs), times, lanes, network.Inputs, targets);
            Trace<double> trace = new Model<double>(network, parameters).Forward(batch);
            int steps = y.Length / (lanes * network.Outputs);
            List<double> found = [];
            for (int lane = 0; lane < lanes; lane++)
            for (int time = times - steps; time < times; time++)
            {
                double[] row = trace.ReadOut(time, lane).ToArray();
                if (run.Graph.Nodes.Any(node => node.Operator == "Softmax"))
                {
                    double sum = row.Sum(Math.Exp);
                    row = [.. row.Select(number => Math.Exp(number) / sum)];
                }
                found.AddRange(row);
            }
            Compare(y, [.. found], $"{Path.GetFileName(file)} as a network");
            compared++;
        }
        Assert.True(compared > 0);
    }

    private static double[] Turned(double[] x, int lanes, int times, int inputs)
    {
        var turned = new double[x.Length];
        for (int lane = 0; lane < lanes; lane++)
        for (int time = 0; time < times; time++)
            Array.Copy(x, (lane * times + time) * inputs, turned, (time * lanes + lane) * inputs, inputs);
        return turned;
    }

    private static Evaluator Run(Graph graph, int[] shape, double[] x)
    {
        GraphInput input = Assert.Single(graph.Inputs);
        Value value = input.Type!.Real is null
            ? Value.Of(input.Type, shape, [.. x.Select(id => (long)id)])
            : Value.Of(input.Type, shape, x);
        var run = new Evaluator(graph, new Dictionary<string, Value> { [input.Name] = value });
        run.Run(keep: true, stop: TestContext.Current.CancellationToken);
        return run;
    }

    private void Compare(double[] expected, double[] found, string what)
    {
        Assert.Equal(expected.Length, found.Length);
        double apart = expected.Zip(found, (a, b) => Math.Abs(a - b)).Max() / expected.Max(Math.Abs);
        output.WriteLine($"{what}: {apart:0.0e+0} apart");
        Assert.True(apart <= Apart, $"{what}: {apart:e1} apart");
    }
}
