using Farback.Formats.Caffe;
using Farback.Formats.Onnx;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Formats.Tests.Caffe;

/// <summary>Caffe models with inputs and outputs beside them.</summary>
public sealed class ReferenceTests(ITestOutputHelper output)
{
    // the weights are floats, the expected values doubles computed from them
    private const double Apart = 1e-5;

    [Fact]
    public void Every_model_is_a_network_whose_outputs_agree_where_cont_restarts_a_sequence_too()
    {
        int compared = 0;
        foreach (string file in ReferenceFolder.Files("caffe", "*.caffemodel"))
        {
            OpenedModel opened = CaffeFile.Open(file);
            foreach (Finding finding in opened.Findings)
                output.WriteLine($"{Path.GetFileName(file)}: {finding.Kind}: {finding.Sentence}");
            Assert.NotNull(opened.Network);
            Assert.DoesNotContain(opened.Findings, finding => finding.Kind is FindingKind.Outside or FindingKind.Undecided);

            string with = Path.Combine(Path.GetDirectoryName(file)!, $"{Path.GetFileNameWithoutExtension(file)}_io.npz");
            (int[] shape, double[] x) = Npz.Read(with, "x");
            double[] cont = Npz.Read(with, "cont").Numbers,
                h = Npz.Read(with, "h").Numbers,
                y = Npz.Read(with, "y").Numbers;
            (int times, int lanes, int inputs) = (shape[0], shape[1], shape[2]);
            Network network = opened.Network;
            var model = new Model<double>(network, opened.Parameters!);
            for (int lane = 0; lane < lanes; lane++)
            for (int from = 0; from < times; )
            {
                // a sequence ends where the next one begins
                int to = from + 1;
                while (to < times && cont[to * lanes + lane] != 0)
                    to++;
                double[] own =
                [
                    .. Enumerable.Range(from, to - from).SelectMany(time => x.AsSpan((time * lanes + lane) * inputs, inputs).ToArray()),
                ];
                Trace<double> trace = model.Forward(Batch.OfValues(own, to - from, 1, inputs, new ClassTargets(new int[to - from])));
                var row = new double[network.Hidden];
                for (int time = from; time < to; time++)
                {
                    trace.Output(0, time - from, 0, row);
                    Close(h.AsSpan((time * lanes + lane) * network.Hidden, network.Hidden), row, $"h at {time}, {lane}");
                    Close(
                        y.AsSpan((time * lanes + lane) * network.Outputs, network.Outputs),
                        trace.ReadOut(time - from, 0),
                        $"y at {time}, {lane}"
                    );
                    compared++;
                }
                from = to;
            }
        }
        Assert.True(compared > 0);
    }

    [Fact]
    public void A_run_of_the_whole_model_restarts_where_cont_says_so()
    {
        foreach (string file in ReferenceFolder.Files("caffe", "*.caffemodel"))
        {
            string with = Path.Combine(Path.GetDirectoryName(file)!, $"{Path.GetFileNameWithoutExtension(file)}_io.npz");
            (int[] shape, double[] x) = Npz.Read(with, "x");
            double[] cont = Npz.Read(with, "cont").Numbers,
                y = Npz.Read(with, "y").Numbers;
            Tensor found = CaffeFile
                .Open(file)
                .Whole!.Run(
                    [Tensor.Of("x", [.. shape.Select(size => (long)size)], x), Tensor.Of("cont", [shape[0], shape[1]], cont)],
                    TestContext.Current.CancellationToken
                )[^1];
            Close(y, found.ToDoubles(), file);
        }
    }

    [Fact]
    public void A_model_opens_alone_and_by_its_description_as_the_same_network()
    {
        foreach (string file in ReferenceFolder.Files("caffe", "*.caffemodel"))
        {
            OpenedModel beside = CaffeFile.Open(file),
                alone = CaffeModel.Read(file, File.ReadAllBytes(file), null, null).Open(prove: true);
            Assert.Equal(beside.Network, alone.Network);
            Assert.Equal(beside.Parameters!.Values, alone.Parameters!.Values);
        }
    }

    private static void Close(ReadOnlySpan<double> expected, ReadOnlySpan<double> found, string what)
    {
        double size = 0,
            apart = 0;
        for (int i = 0; i < expected.Length; i++)
            (size, apart) = (Math.Max(size, Math.Abs(expected[i])), Math.Max(apart, Math.Abs(expected[i] - found[i])));
        Assert.True(apart <= Apart * size, $"{what}: {apart:e1} apart");
    }
}
