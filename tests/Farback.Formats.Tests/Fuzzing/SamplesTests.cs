using System.Text;
using Farback.Cells;
using Farback.Formats.Caffe.Wire;
using Farback.Formats.Tests.Keras;
using Farback.Formats.Tests.Runs;
using Farback.Networks;
using Google.Protobuf;
using static Farback.Formats.Tests.Keras.KerasMade;
using Checkpoint = Farback.Formats.Tests.Torch.Made;

namespace Farback.Formats.Tests.Fuzzing;

/// <summary>The small files that farback fuzz changes: one network or two in every format.</summary>
/// <remarks>Where FARBACK_SAMPLES names a folder they are written there, to be put into src/Farback.Cli/Fuzzing/Samples.</remarks>
public sealed class SamplesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_sample_opens_as_a_network()
    {
        string folder = Environment.GetEnvironmentVariable("FARBACK_SAMPLES") ?? _folder.Path;
        foreach ((string name, byte[] bytes) in Samples())
            File.WriteAllBytes(Path.Combine(folder, name), bytes);
        foreach (string name in Samples().Select(sample => sample.Name).Where(name => !name.EndsWith(".npy", StringComparison.Ordinal)))
            Assert.True(ModelFile.Open(Path.Combine(folder, name)).Network is not null, name);
    }

    private static Network Of(Cell cell) =>
        new()
        {
            Cell = cell,
            Words = 3,
            Embedding = 2,
            Hidden = 2,
            Outputs = 2,
            Bidirectional = cell == AllCells.Gru,
        };

    private List<(string Name, byte[] Bytes)> Samples()
    {
        List<(string, byte[])> samples = [];
        foreach (Cell cell in new[] { AllCells.Lstm, AllCells.Gru })
        {
            Parameters<float> drawn = Initial.Default.Draw(Of(cell), seed: 1).To<float>();
            Tensor[] tensors =
            [
                .. drawn.Network.Blocks.Select(block =>
                    Tensor.Of(
                        block.Layer == 0 ? $"rnn.{block.Name}" : block.Name,
                        block.Columns == 1 ? [block.Rows] : [block.Rows, block.Columns],
                        (ReadOnlySpan<float>)drawn[block]
                    )
                ),
            ];
            samples.Add(($"{cell.Name}.safetensors", Written(path => SafetensorsFile.Write(path, tensors))));
            samples.Add(($"{cell.Name}.npz", Written(path => NpzFile.Write(path, tensors))));
            samples.Add(($"{cell.Name}.onnx", Written(path => OnnxFile.Write(path, drawn))));
            samples.Add(($"{cell.Name}.zip.pt", Checkpoint.Checkpoint(Pickle(tensors), Storage(tensors))));
            samples.Add(($"{cell.Name}.legacy.pt", Legacy(tensors)));
        }
        samples.Add(("array.npy", Written(path => NpzFile.WriteArray(path, Tensor.Of("w", [2, 3], [1.0, 2, 3, 4, 5, 6])))));
        samples.AddRange(KerasSamples());
        samples.AddRange(CaffeSamples());
        return samples;
    }

    private byte[] Written(Action<string> write)
    {
        string path = Path.Combine(_folder.Path, "sample");
        write(path);
        return File.ReadAllBytes(path);
    }

    // every tensor is a view of the one storage "0"
    private static byte[] Pickle(Tensor[] tensors)
    {
        long whole = tensors.Sum(tensor => tensor.Count),
            offset = 0;
        List<byte> pickle = [0x80, 2, (byte)'}'];
        foreach (Tensor tensor in tensors)
        {
            long[] shape = [.. tensor.Shape],
                strides = shape.Length == 1 ? [1] : [shape[1], 1];
            pickle.AddRange([.. Checkpoint.Text(tensor.Name), .. Checkpoint.Tensor(whole, offset, shape, strides), (byte)'s']);
            offset += tensor.Count;
        }
        return [.. pickle, (byte)'.'];
    }

    private static byte[] Storage(Tensor[] tensors) => [.. tensors.SelectMany(tensor => tensor.ToBytes())];

    private static byte[] Legacy(Tensor[] tensors) =>
        Checkpoint.Join(
            Convert.FromHexString("80028A0A6CFC9C46F9206AA850192E"),
            Convert.FromHexString("80024DE9032E"),
            Checkpoint.Join(0x80, 2, "}."),
            Pickle(tensors),
            Checkpoint.Join(0x80, 2, "]", Checkpoint.Text("0"), "a."),
            BitConverter.GetBytes(tensors.Sum(tensor => tensor.Count)),
            Storage(tensors)
        );

    private static IEnumerable<(string, byte[])> KerasSamples()
    {
        const string Settings = "\"units\": 2, \"return_sequences\": true";
        Hdf5.Made[] lstm = Cell(1, 1, 2, 4, [8]),
            gru = Cell(2, 1, 2, 3, [2, 6]);
        string Config(string kind) => Sequential(Described(kind, "r", $"\"batch_input_shape\": [null, null, 1], {Settings}"));
        yield return ("lstm.h5", KerasMade.Legacy("2.3.1", Config("LSTM"), new Layer("r", lstm)));
        yield return ("gru.h5", KerasMade.Legacy("2.4.0", Config("GRU"), new Layer("r", gru)));
        byte[] paths = Paths([
            .. lstm.Select((array, i) => ("layers/lstm/cell/vars", new Hdf5.Made($"{i}").Raw(array.Shape, array.Type, array.Data!))),
        ]);
        yield return ("lstm.keras", Archive("3.9.0", Config("LSTM"), paths));
    }

    private static IEnumerable<(string, byte[])> CaffeSamples()
    {
        static BlobProto Blob(params long[] shape)
        {
            BlobProto blob = new() { Shape = new BlobShape() };
            blob.Shape.Dim.AddRange(shape);
            blob.Data.AddRange(Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(i => MathF.Sin(i)));
            return blob;
        }
        static LayerParameter Layer(string type, string name, string[] bottoms, string top, params BlobProto[] blobs)
        {
            LayerParameter layer = new() { Name = name, Type = type };
            layer.Bottom.AddRange(bottoms);
            layer.Top.Add(top);
            layer.Blobs.AddRange(blobs);
            return layer;
        }
        NetParameter net = new() { Name = "made" };
        net.Layer.Add(Layer("Embed", "e", ["words"], "v", Blob(3, 2), Blob(2)));
        net.Layer.Add(Layer("LSTM", "l", ["v", "cont"], "h", Blob(8, 2), Blob(8), Blob(8, 2)));
        net.Layer.Add(Layer("InnerProduct", "ip", ["h"], "y", Blob(2, 2), Blob(2)));
        net.Layer[2].InnerProductParam = new InnerProductParameter { Axis = 2 };
        yield return ("lstm.caffemodel", net.ToByteArray());
        yield return (
            "lstm.prototxt",
            Encoding.UTF8.GetBytes(
                """
                name: "made"  # a comment
                layer { name: "e" type: "Embed" bottom: "words" top: "v" embed_param { num_output: 2 input_dim: 3 } }
                layer < name: 'l' type: "LS" "TM" bottom: ["v", "cont"] top: "h"; recurrent_param { num_output: 2 weight_filler { std: 1e-2f } } >,
                layer { name: "ip" type: "InnerProduct" bottom: "h" top: "y" inner_product_param { num_output: 2 axis: 2 } include { phase: TEST } }

                """
            )
        );
    }
}
