using Farback.Formats.Onnx;

namespace Farback.Formats.Tests.Onnx;

/// <summary>Models and folders that other programs wrote.</summary>
public sealed class ReferenceModelsTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_recurrent_folder_of_the_onnx_tests_agrees()
    {
        int agreed = 0;
        foreach (string folder in Folders())
        {
            if (!OnnxFile.Read(Path.Combine(folder, "model.onnx")).Nodes.Any(node => node.IsRecurrent))
            {
                var error = Assert.Throws<NotSupportedException>(() => Verify(folder));
                Assert.Contains("node 0", error.Message, StringComparison.Ordinal);
                continue;
            }
            foreach (OnnxOutputResult result in Verify(folder))
            {
                output.WriteLine($"{Path.GetFileName(folder)} {result}");
                Assert.True(result.Agrees, $"{folder}: {result}");
            }
            agreed++;
        }
        output.WriteLine($"{agreed} folders agree");
        Assert.True(agreed > 0);
    }

    [Fact]
    public void An_output_that_is_changed_differs_and_is_named_with_its_place()
    {
        string from = Folders().First(folder => folder.EndsWith("test_lstm_defaults", StringComparison.Ordinal)),
            to = Directory.CreateTempSubdirectory("farback-verify").FullName,
            set = Directory.CreateDirectory(Path.Combine(to, "test_data_set_0")).FullName;
        try
        {
            File.Copy(Path.Combine(from, "model.onnx"), Path.Combine(to, "model.onnx"));
            foreach (string file in Directory.GetFiles(Path.Combine(from, "test_data_set_0")))
                File.WriteAllBytes(Path.Combine(set, Path.GetFileName(file)), File.ReadAllBytes(file));
            string expected = Path.Combine(set, "output_0.pb");
            byte[] bytes = File.ReadAllBytes(expected);
            bytes[^2] ^= 0x10; // the last number's mantissa
            File.WriteAllBytes(expected, bytes);
            OnnxOutputResult result = Assert.Single(Verify(to));
            Assert.False(result.Agrees);
            Assert.Equal("Y_h", result.Output);
            Assert.NotEqual(result.Expected, result.Found);
            Assert.True(Assert.Single(Verify(to, 10)).Agrees);
        }
        finally
        {
            Directory.Delete(to, recursive: true);
        }
    }

    private static IReadOnlyList<OnnxOutputResult> Verify(string folder, double? tolerance = null) =>
        OnnxTestFolder.Verify(folder, tolerance, TestContext.Current.CancellationToken);

    private static string[] Folders()
    {
        _ = ReferenceFolder.Files("onnx", "*");
        string[] folders = Directory.GetDirectories(Path.Combine(ReferenceFolder.Root(), "onnx"));
        Array.Sort(folders, StringComparer.Ordinal);
        return folders;
    }

    // outputs in.* of the file, out.* in double from the framework; the graph is in float
    [Fact]
    public void Every_exported_model_is_run_and_opened()
    {
        foreach (string file in ReferenceFolder.Files("onnx-models", "*.onnx"))
        {
            using SafetensorsFile reference = SafetensorsFile.Open(
                Path.Combine(Path.GetDirectoryName(file)!, Path.GetFileName(file).Split('.')[0] + ".reference.safetensors")
            );
            Graph graph = OnnxFile.Read(file);
            Dictionary<string, Value> inputs = [];
            foreach (GraphInput input in graph.Inputs)
            {
                Tensor tensor = reference[$"in.{input.Name}"];
                int[] shape = [.. tensor.Shape.Select(size => (int)size)];
                inputs.Add(
                    input.Name,
                    tensor.Dtype.Real is null
                        ? Value.Of(input.Type!, shape, tensor.ToLongs())
                        : Value.Of(input.Type!, shape, tensor.ToDoubles())
                );
            }
            var run = new Evaluator(graph, inputs);
            run.Run(stop: TestContext.Current.CancellationToken);
            foreach (string name in graph.Outputs)
                Close(reference[$"out.{name}"].ToDoubles(), run[name]!.Reals, 1e-5, $"{file}: {name}");

            OpenedModel opened = OnnxFile.Open(file);
            foreach (Finding finding in opened.Findings)
                output.WriteLine($"{Path.GetFileName(file)}: {finding.Kind}: {finding.Sentence}");
            Assert.NotNull(opened.Network);
            Assert.DoesNotContain(opened.Findings, finding => finding.Kind == FindingKind.Outside);
            foreach (Farback.Networks.Block block in opened.Network.Blocks)
            {
                double[] expected = reference[Named(reference, block.Name)].ToDoubles();
                Close(expected, opened.Parameters![block].ToArray(), 6e-8, $"{file}: {block.Name}"); // a float's rounding
            }
        }
    }

    private static string Named(SafetensorsFile reference, string block) =>
        reference
            .Tensors.Select(tensor => tensor.Name)
            .First(name =>
                name.StartsWith("param.", StringComparison.Ordinal)
                && name.EndsWith(
                    block.Replace("embedding", "emb", StringComparison.Ordinal).Replace("head", "fc", StringComparison.Ordinal),
                    StringComparison.Ordinal
                )
            );

    internal static void Close(double[] expected, double[] found, double tolerance, string what)
    {
        Assert.Equal(expected.Length, found.Length);
        double apart = expected.Zip(found, (a, b) => Math.Abs(a - b)).Max();
        apart = apart == 0 ? 0 : apart / expected.Max(Math.Abs); // one step uses no recurrent weight: 0 against 0
        Assert.True(apart <= tolerance, $"{what}: {apart:e1} apart");
    }
}
