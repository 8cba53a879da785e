using System.Text;
using Farback.Formats.Caffe;
using Farback.Formats.Caffe.Wire;
using Google.Protobuf;

namespace Farback.Formats.Tests.Caffe;

/// <summary>Sequences that follow one another in a lane: the marks (cont) say where they begin.</summary>
public sealed class CaffeContTests
{
    // weights and values are floats: ε of a float for each of T · H sums
    private const double Apart = 1e-5;
    private const int Times = 6,
        Lanes = 4,
        Inputs = 2,
        Units = 3;

    // the first lane goes on from before, the second begins anew, the third at every step
    private static readonly string[] s_cont = ["110111", "011011", "000000", "111111"];

    private static readonly double[] s_x = [.. Enumerable.Range(0, Times * Lanes * Inputs).Select(i => Math.Sin(i * 0.7))];

    private static float[] Draw(int seed, int count)
    {
        var random = new Farback.Numbers.RandomStream(seed, 7);
        return [.. Enumerable.Range(0, count).Select(_ => (float)random.NextUniform(-0.8, 0.8))];
    }

    private static BlobProto Blob(float[] numbers, params long[] shape)
    {
        BlobProto blob = new() { Shape = new BlobShape() };
        blob.Shape.Dim.AddRange(shape);
        blob.Data.AddRange(numbers);
        return blob;
    }

    private static readonly float[] s_w = Draw(1, 4 * Units * Inputs),
        s_b = Draw(2, 4 * Units),
        s_r = Draw(3, 4 * Units * Units);

    private static byte[] Weights()
    {
        LayerParameter layer = new() { Name = "l", Type = "LSTM" };
        layer.Blobs.AddRange([Blob(s_w, 4 * Units, Inputs), Blob(s_b, 4 * Units), Blob(s_r, 4 * Units, Units)]);
        NetParameter net = new();
        net.Layer.Add(layer);
        return net.ToByteArray();
    }

    private const string Newer = """
        layer { name: "data" type: "Input" top: "x" top: "cont" input_param { shape { dim: 6 dim: 4 dim: 2 } shape { dim: 6 dim: 4 } } }
        layer { name: "l" type: "LSTM" bottom: "x" bottom: "cont" top: "h" recurrent_param { num_output: 3 } }
        """;

    private const string Older = """
        input: "x"
        input_shape { dim: 6 dim: 4 dim: 2 }
        input: "cont"
        input_shape { dim: 6 dim: 4 }
        layer { name: "l" type: "LSTM" bottom: "x" bottom: "cont" top: "h" recurrent_param { num_output: 3 } }
        """;

    private const string Oldest = """
        input: "x" input_dim: 6 input_dim: 4 input_dim: 2 input_dim: 1
        input: "cont" input_dim: 6 input_dim: 4 input_dim: 1 input_dim: 1
        layer { name: "both" type: "Split" bottom: "cont" top: "cont_a" top: "cont_b" }
        layer { name: "l" type: "LSTM" bottom: "x" bottom: "cont_a" top: "h" recurrent_param { num_output: 3 } }
        layer { name: "s" type: "Silence" bottom: "cont_b" }
        """;

    private const string Exposed = """
        input: "x" input_shape { dim: 6 dim: 4 dim: 2 }
        input: "cont" input_shape { dim: 6 dim: 4 }
        input: "h0" input_shape { dim: 1 dim: 4 dim: 3 }
        input: "c0" input_shape { dim: 1 dim: 4 dim: 3 }
        layer { name: "l" type: "LSTM" bottom: "x" bottom: "cont" bottom: "h0" bottom: "c0" top: "h" top: "hT" top: "cT" recurrent_param { num_output: 3 expose_hidden: true } }
        """;

    [Theory]
    [InlineData(Newer)]
    [InlineData(Older)]
    [InlineData(Oldest)]
    [InlineData(Exposed)]
    public void The_state_is_reset_where_cont_is_0_and_goes_on_where_it_is_1(string prototxt)
    {
        OpenedModel opened = CaffeModel.Read("made", Weights(), "made.prototxt", Encoding.UTF8.GetBytes(prototxt)).Open(prove: true);
        Assert.NotNull(opened.Network);
        Assert.DoesNotContain(opened.Findings, finding => finding.Kind is FindingKind.Outside);
        bool given = prototxt == Exposed;
        double[] start = [.. Enumerable.Range(0, Lanes * Units).Select(i => given ? Math.Cos(i) : 0)];
        double[] cont = [.. Enumerable.Range(0, Times * Lanes).Select(place => (double)(s_cont[place % Lanes][place / Lanes] - '0'))];
        Tensor states = Tensor.Of("s", [1, Lanes, Units], start);
        IReadOnlyList<Tensor> made = opened.Whole!.Run(
            [
                Tensor.Of("x", [Times, Lanes, Inputs], s_x),
                Tensor.Of("cont", [Times, Lanes], cont),
                .. given ? [states, states] : Array.Empty<Tensor>(),
            ],
            TestContext.Current.CancellationToken
        );
        (double[] h, double[] hT, double[] cT) = Plain(cont, start);
        Close(h, made[0]);
        if (given)
        {
            Close(hT, made[1]);
            Close(cT, made[2]);
        }
    }

    private static void Close(double[] expected, Tensor found) =>
        Assert.All(expected.Zip(found.ToDoubles(), (a, b) => (a, b)), pair => Assert.Equal(pair.a, pair.b, Apart));

    // lstm_layer.cpp and lstm_unit_layer.cpp: gates of W x + b + R (cont h), then c = cont f c + i g; blocks i f o g
    private static (double[] H, double[] LastH, double[] LastC) Plain(double[] cont, double[] start)
    {
        var all = new double[Times * Lanes * Units];
        double[] h = [.. start],
            c = [.. start];
        for (int t = 0; t < Times; t++)
        for (int lane = 0; lane < Lanes; lane++)
        {
            double goesOn = cont[t * Lanes + lane];
            double[] before = h[(lane * Units)..((lane + 1) * Units)];
            double Gate(int gate, int unit)
            {
                int row = gate * Units + unit;
                double sum = s_b[row];
                for (int i = 0; i < Inputs; i++)
                    sum += s_w[row * Inputs + i] * s_x[(t * Lanes + lane) * Inputs + i];
                for (int j = 0; j < Units; j++)
                    sum += s_r[row * Units + j] * goesOn * before[j];
                return gate == 3 ? Math.Tanh(sum) : 1 / (1 + Math.Exp(-sum));
            }
            for (int unit = 0; unit < Units; unit++)
            {
                int at = lane * Units + unit;
                c[at] = goesOn * Gate(1, unit) * c[at] + Gate(0, unit) * Gate(3, unit);
                h[at] = Gate(2, unit) * Math.Tanh(c[at]);
                all[t * Lanes * Units + at] = h[at];
            }
        }
        return (all, h, c);
    }
}
