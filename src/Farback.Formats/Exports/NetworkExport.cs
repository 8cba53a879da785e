using System.Text;
using Farback.Cells;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Formats;

/// <summary>Writes a network for other programs; what is written opens again as the same network, bit for bit.</summary>
/// <remarks>
///   onnx: a graph that ONNX Runtime runs. safetensors: farback's own, every cell. pytorch-names: safetensors with the names of a module that
///   has rnn = nn.LSTM(…), embedding and head, for load_state_dict. npz: the blocks by name and the network's shape as JSON in the array
///   "network", for numpy; every cell. Numbers are written as float where that loses nothing, as double elsewhere.
/// </remarks>
public static class NetworkExport
{
    internal const string NetworkKey = "network",
        TorchKey = "farback",
        TorchModule = "rnn.";

    /// <summary>The formats by name.</summary>
    public static IReadOnlyList<string> Formats { get; } = ["onnx", "safetensors", "pytorch-names", "npz"];

    /// <summary>Writes a network whole or not at all.</summary>
    /// <param name="path">The file; one that stands there is replaced.</param>
    /// <param name="format">One of <see cref="Formats"/>.</param>
    /// <param name="model">The network with its words.</param>
    /// <exception cref="NotSupportedException">The format has no place for a part of the network; it is named.</exception>
    /// <exception cref="ArgumentException">There is no such format.</exception>
    public static void Write(string path, string format, ModelFile model)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (model.Parameters.Values.All(value => double.IsNaN(value) || (double)(float)value == value))
            Write(path, format, model, model.Parameters.To<float>());
        else
            Write(path, format, model, model.Parameters);
    }

    private static void Write<T>(string path, string format, ModelFile model, Parameters<T> parameters)
        where T : unmanaged
    {
        switch (format)
        {
            case "onnx":
                OnnxFile.Write(path, parameters, model.InputWords, model.OutputWords, model.Answer);
                break;
            case "safetensors":
                ModelFile.Save(path, parameters, model.InputWords, model.OutputWords, model.Answer);
                break;
            case "pytorch-names":
                CheckTorch(model.Network);
                SafetensorsFile.Write(
                    path,
                    ModelFile.TensorsOf(parameters, TorchName),
                    new Dictionary<string, string> { ["format"] = "pt", [TorchKey] = ModelText.Write(model.Network) }
                );
                break;
            case "npz":
                byte[] shape = Encoding.UTF8.GetBytes(ModelText.Write(model.Network));
                NpzFile.Write(
                    path,
                    [.. ModelFile.TensorsOf(parameters, block => block.Name), Tensor.Of(NetworkKey, Dtype.U8, [shape.Length], shape)]
                );
                break;
            default:
                throw new ArgumentException($"--to: expected {string.Join(", ", Formats)}, got '{format}'.");
        }
    }

    /// <summary>A block's name in a PyTorch module with rnn, embedding and head.</summary>
    internal static string TorchName(Block block) =>
        block.Kind is BlockKind.Embedding or BlockKind.ReadOutWeights or BlockKind.ReadOutBias ? block.Name : TorchModule + block.Name;

    private static void CheckTorch(Network network)
    {
        Cell[] known = [AllCells.Elman, AllCells.ElmanRelu, AllCells.Lstm, AllCells.Gru];
        string? why =
            !known.Contains(network.Cell) ? $"PyTorch has no module for {network.Cell.Title} ({network.Cell.Name})"
            : network.InitialStates == InitialStates.Learned ? "PyTorch's modules have no learned initial states"
            : network.Biases == Biases.One ? "PyTorch's modules have two biases a layer, or none, and the network has one"
            : null;
        if (why is not null)
            throw new NotSupportedException($"pytorch-names: {why}; --to safetensors or npz writes it.");
    }
}
