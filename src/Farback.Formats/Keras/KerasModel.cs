using System.Text.Json;
using Farback.Formats.Hdf5;
using Farback.Formats.Onnx;
using Farback.Formats.Zip;

namespace Farback.Formats.Keras;

/// <summary>What was read of a file, before a network is looked for in it.</summary>
internal sealed record KerasModel(string Name, string Format, Hdf5File Hdf5, KerasGraph? Graph, List<Finding> Findings)
{
    private const int LongestConfig = 64 << 20;
    private const string Expected = "a Keras model: HDF5 (.h5) or a zip archive (.keras)";

    /// <summary>Reads a file.</summary>
    public static KerasModel Read(string name, ReadOnlyMemory<byte> bytes, KerasOptions options)
    {
        Impostor.Refuse(name, bytes.Span, Expected);
        if (Hdf5File.Is(bytes.Span))
            return OfHdf5(name, bytes, options);
        if (bytes.Span.StartsWith("PK\x03\x04"u8))
            return OfZip(name, bytes, options);
        // a user block may stand in front; the reader says so
        return bytes.Length > 520 && Hdf5File.Is(bytes.Span[512..])
            ? throw new MalformedFileException(name, "its HDF5 signature stands at byte 512, behind a user block", "one at byte 0")
            : throw new MalformedFileException(
                name,
                $"it begins with {Convert.ToHexString(bytes.Span[..Math.Min(8, bytes.Length)])}",
                Expected
            );
    }

    public OpenedModel Open(bool prove)
    {
        OpenedModel opened = new()
        {
            Name = Name,
            Format = Format,
            Tensors = [],
        };
        StepMask? mask = null;
        List<Finding> findings = [.. Findings];
        if (Graph is not null && Graph.RunOnly.Count == 0)
        {
            opened = Recogniser.Open(Graph.Graph, prove, Graph.Biases);
            findings.AddRange(opened.Findings);
            mask = Graph.Mask;
            if (opened.Network is { } network && mask is not null && mask.IsOfWords != network.Words > 0)
            {
                opened = opened with { Parameters = null };
                findings.Add(new(FindingKind.Outside, "it masks the vectors of words: it is run, and not differentiated"));
            }
        }
        return opened with
        {
            Format = Format,
            Findings = findings,
            Mask = opened.Parameters is null ? null : mask,
            Whole = Graph is null ? null : new(Graph.Whole),
            Tensors = [.. Hdf5.Datasets.Select(dataset => new TensorInfo(dataset.Path, dataset.Type, dataset.Shape))],
        };
    }

    private static KerasModel OfHdf5(string name, ReadOnlyMemory<byte> bytes, KerasOptions options)
    {
        Hdf5File hdf5 = Hdf5File.Read(name, bytes);
        KerasWeights? weights = KerasWeights.Find(name, hdf5);
        Hdf5Group? own = hdf5.Root.Find("model_weights");
        string? stated = (hdf5.Root.Attribute("keras_version") ?? own?.Attribute("keras_version"))?.Text();
        if (weights is null)
            return new(
                name,
                "HDF5",
                hdf5,
                null,
                [new(FindingKind.Recognised, $"an HDF5 file with {hdf5.Datasets.Count} arrays and no model of Keras in it")]
            );
        // the newer files of weights do not say it; their paths do
        var version = new KerasVersion(stated ?? (hdf5.Root.Attribute("layer_names") is null && own is null ? "3" : "1"));
        ReadOnlyMemory<byte>? config = hdf5.Root.Attribute("model_config") is { } json
            ? (ReadOnlyMemory<byte>?)System.Text.Encoding.UTF8.GetBytes(json.Text())
            : null;
        return Of(
            name,
            $"Keras {(stated is null ? $"{version.Major}, HDF5" : $"{Short(stated)}, HDF5")}",
            hdf5,
            weights,
            config,
            version,
            options
        );
    }

    private static KerasModel OfZip(string name, ReadOnlyMemory<byte> bytes, KerasOptions options)
    {
        var archive = new MemoryBytes(bytes);
        ZipDirectory directory = ZipDirectory.Read(name, archive, bytes.Length);
        ReadOnlyMemory<byte> Entry(string entry, long most)
        {
            ZipEntry found =
                directory.Find(entry)
                ?? throw new MalformedFileException(
                    name,
                    $"the archive has no {entry}{(directory.Entries.Any(other => other.Name.EndsWith(".weights.json", StringComparison.Ordinal) || other.Name == "model.weights.npz") ? " (weights in several files, or as npz, are not read)" : "")}",
                    "config.json, metadata.json and model.weights.h5, as a .keras file has them"
                );
            if (found.Length > most)
                throw new MalformedFileException(name, $"the entry {entry} has {found.Length} bytes", $"at most {most}");
            using ByteSource source = found.Open(name, archive);
            var read = new byte[found.Length];
            source.Read(0, read);
            return read;
        }
        ReadOnlyMemory<byte> config = Entry("config.json", LongestConfig);
        string version = VersionOf(name, Entry("metadata.json", LongestConfig));
        // what the HDF5 reader says, it says about the entry
        string inside = $"{name}: model.weights.h5";
        Hdf5File hdf5 = Hdf5File.Read(inside, Entry("model.weights.h5", Array.MaxLength));
        KerasWeights weights =
            KerasWeights.Find(inside, hdf5)
            ?? throw new MalformedFileException(inside, "there are no arrays under layers/", "the weights of a model");
        return Of(name, $"Keras {Short(version)}, .keras", hdf5, weights, config, new(version), options);
    }

    private static KerasModel Of(
        string name,
        string format,
        Hdf5File hdf5,
        KerasWeights weights,
        ReadOnlyMemory<byte>? json,
        KerasVersion version,
        KerasOptions options
    )
    {
        List<Finding> findings = [];
        try
        {
            if (json is { } config)
            {
                KerasConfig described = KerasConfig.Read(name, config);
                return new(
                    name,
                    format,
                    hdf5,
                    KerasGraph.Make(name, described, version, KerasMatch.Of(name, weights, described, version), findings),
                    findings
                );
            }
            if (new KerasGuess(name, version, options, findings).Read(weights) is { } guessed)
                return new(name, format, hdf5, KerasGraph.Make(name, guessed.Config, version, guessed.Arrays, findings), findings);
        }
        catch (NotSupportedException error)
        {
            findings.Add(new(FindingKind.Outside, error.Message));
        }
        return new(name, format, hdf5, null, findings);
    }

    private static string VersionOf(string name, ReadOnlyMemory<byte> metadata)
    {
        try
        {
            using var json = JsonDocument.Parse(metadata);
            if (
                json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("keras_version", out JsonElement found)
                && found.ValueKind == JsonValueKind.String
            )
                return found.GetString()!;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException) { }
        throw new MalformedFileException(name, "metadata.json names no keras_version", "the version that wrote the file");
    }

    private static string Short(string version) => MalformedFileException.Quote(version)[1..^1];
}
