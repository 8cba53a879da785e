using System.Text.Json;
using Farback.Cells;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;

namespace Farback.Formats.Tests.Onnx;

/// <summary>What we write, somebody else's program runs: every cell, depth, direction and way to start.</summary>
public sealed class ExportTests(ITestOutputHelper output)
{
    private const int Times = 4,
        Lanes = 2;

    // float roundings of a dozen products over a few steps and layers
    private const double Tolerance = 1e-5;

    private sealed record Job(string Model, double[] Input, bool Ids, int[] Dims);

    [Fact]
    public void Onnx_runtime_computes_what_the_network_computes()
    {
        string runtime = OnnxRuntime.Require(),
            folder = Directory.CreateTempSubdirectory("farback-export").FullName;
        try
        {
            List<Job> jobs = [];
            List<(string What, double[] Expected)> expected = [];
            foreach (string name in RoundTripTests.Cells.Select(row => row.Data))
            foreach (Network network in RoundTripTests.Shapes(AllCells.Named(name)!))
            {
                Parameters<float> parameters = RoundTripTests.Draw(network, asFloat: true).To<float>();
                Batch batch = Draw(network);
                string path = Path.Combine(folder, $"{jobs.Count}.onnx");
                OnnxFile.Write(path, parameters);
                jobs.Add(
                    batch.Ids is { } ids
                        ? new(path, [.. ids.Select(id => (double)id)], true, [Times, Lanes])
                        : new(path, batch.Values!, false, [Times, Lanes, network.Inputs])
                );
                expected.Add((ModelText.Describe(network), Answers(new Model<float>(network, parameters).Forward(batch))));
            }
            string written = Path.Combine(folder, "jobs.json"),
                answers = Path.Combine(folder, "answers.json");
            File.WriteAllText(written, JsonSerializer.Serialize(jobs, JsonSerializerOptions.Web));
            OnnxRuntime.Run(runtime, written, answers);
            double[][] found = JsonSerializer.Deserialize<double[][]>(File.ReadAllText(answers))!;
            Assert.Equal(expected.Count, found.Length);
            double worst = 0;
            for (int i = 0; i < found.Length; i++)
            {
                (string what, double[] ours) = expected[i];
                Assert.Equal(ours.Length, found[i].Length);
                double apart = ours.Zip(found[i], (a, b) => Math.Abs(a - b)).Max() / ours.Max(Math.Abs);
                Assert.True(apart <= Tolerance, $"{what}: {apart:e1} apart");
                worst = Math.Max(worst, apart);
            }
            output.WriteLine($"{found.Length} networks, at most {worst:e1} apart");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static double[] Answers(Trace<float> trace)
    {
        List<double> answers = [];
        Network network = trace.Model.Network;
        var row = new float[network.LayerOutputs];
        for (int time = 0; time < Times; time++)
        for (int lane = 0; lane < Lanes; lane++)
        {
            trace.Output(network.Layers - 1, time, lane, row);
            answers.AddRange((network.Outputs > 0 ? trace.ReadOut(time, lane).ToArray() : row).Select(number => (double)number));
        }
        return [.. answers];
    }

    private static Batch Draw(Network network)
    {
        var random = new RandomStream(5, 1);
        var targets = new ClassTargets(new int[Times * Lanes]);
        return network.Words > 0
            ? Batch.OfIds([.. Enumerable.Range(0, Times * Lanes).Select(_ => random.Next(network.Words))], Times, Lanes, targets)
            : Batch.OfValues(
                [.. Enumerable.Range(0, Times * Lanes * network.Inputs).Select(_ => (double)(float)random.NextNormal())],
                Times,
                Lanes,
                network.Inputs,
                targets
            );
    }
}
