using System.Text.Json;
using Farback.Networks;

namespace Farback.Formats;

/// <summary>A network's weights as safetensors, by PyTorch's names, with the network itself in the header's text "network".</summary>
public static class WeightsFile
{
    private const string NetworkKey = "network";

    /// <summary>Writes the weights whole or not at all.</summary>
    /// <param name="path">The place.</param>
    /// <param name="network">The network.</param>
    /// <param name="values">All its parameters, block after block.</param>
    public static void Write<T>(string path, Network network, T[] values)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(values);
        IEnumerable<Tensor> tensors = network.Blocks.Select(block =>
            CheckpointFile.Of(
                block.Name,
                values.AsSpan(block.Offset, block.Count).ToArray(),
                block.Columns == 1 ? [block.Rows] : [block.Rows, block.Columns]
            )
        );
        SafetensorsFile.Write(
            path,
            tensors,
            new Dictionary<string, string>
            {
                ["cell"] = network.Cell.Name,
                ["hidden"] = $"{network.Hidden}",
                [NetworkKey] = JsonSerializer.Serialize(RunNetwork.Of(network), RunJson.Options),
            }
        );
    }

    /// <summary>Whether a file's header has the network.</summary>
    internal static bool IsOne(SafetensorsFile file) => file.Metadata.ContainsKey(NetworkKey) && file.Metadata.ContainsKey("cell");

    /// <summary>Reads what <see cref="Write"/> wrote, in double.</summary>
    /// <exception cref="MalformedFileException">A block is missing, or has another shape.</exception>
    public static Parameters<double> Read(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        if (!file.Metadata.TryGetValue(NetworkKey, out string? text))
            throw new MalformedFileException(path, "its header does not say which network it is", $"the text \"{NetworkKey}\"");
        Network network = RunJson.Read<RunNetwork>(path, text).ToNetwork();
        Parameters<double> parameters = new(network);
        foreach (Block block in network.Blocks)
        {
            Tensor? tensor = file.Find(block.Name);
            if (tensor is null || tensor.Count != block.Count)
                throw new MalformedFileException(
                    path,
                    tensor is null ? $"there is no block {block.Name}" : $"{block.Name} has {tensor.Count} numbers",
                    $"{block.Name} with {block.Rows} × {block.Columns}"
                );
            tensor.ToDoubles().CopyTo(parameters[block]);
        }
        return parameters;
    }
}
