using System.IO.Compression;
using System.Text;
using Farback.Formats.Tests.Hdf5;

namespace Farback.Formats.Tests.Keras;

/// <summary>Keras files made by hand.</summary>
internal static class KerasMade
{
    public sealed record Layer(string Name, params Made[] Weights);

    /// <summary>The shape of one number a step, where the first layer says it.</summary>
    public const string Input1 = "\"batch_input_shape\": [null, null, 1], ";

    public static readonly Made[] GruAfter =
    [
        Array("kernel", [1, 6], 0.1, 0.2, 0.3, 0.4, 0.5, 0.6),
        Array("recurrent_kernel", [2, 6], 0.1, -0.2, 0.3, -0.4, 0.5, -0.6, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1),
        Array("bias", [2, 6], 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6),
    ];

    public static readonly Made[] Lstm =
    [
        Array("kernel", [1, 8], 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8),
        Array("recurrent_kernel", [2, 8], 0.1, -0.1, 0.2, -0.2, 0.3, -0.3, 0.4, -0.4, 0.5, 0.4, 0.3, 0.2, 0.1, 0, -0.1, -0.2),
        Array("bias", [8], 0.01, 0.02, 1.03, 1.04, 0.05, 0.06, 0.07, 0.08),
    ];

    public static Made Array(string name, long[] shape, params double[] numbers) => new Made(name).Floats(shape, numbers);

    /// <summary>The layout of .h5, with a configuration or without.</summary>
    public static byte[] Legacy(string? version, string? config, params Layer[] layers)
    {
        Made weights = new Made(config is null ? "" : "model_weights").Has("layer_names", layers.Select(layer => layer.Name).ToArray());
        foreach (Layer layer in layers)
        {
            var group = new Made(layer.Name);
            group.Has("weight_names", layer.Weights.Select(weight => weight.Name).ToArray());
            weights.With(group.With(layer.Weights));
        }
        Made root = config is null ? weights : new Made("").With(weights).Has("model_config", config);
        if (version is not null)
            root.Has("keras_version", version);
        return Hdf5Writer.Write(root);
    }

    /// <summary>A tree of arrays by their paths, as .weights.h5 has them.</summary>
    public static byte[] Paths(params (string Path, Made Array)[] arrays)
    {
        Made root = new("");
        foreach ((string path, Made array) in arrays)
        {
            Made at = root;
            foreach (string name in path.Split('/'))
            {
                Made? next = at.Children.Find(child => child.Name == name);
                if (next is null)
                    at.With(next = new Made(name));
                at = next;
            }
            at.With(array);
        }
        return Hdf5Writer.Write(root);
    }

    /// <summary>A .keras archive.</summary>
    public static byte[] Archive(string version, string config, byte[] weights, Action<ZipArchive>? more = null)
    {
        using var bytes = new MemoryStream();
        using (var archive = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add(archive, "metadata.json", Encoding.UTF8.GetBytes($$"""{"keras_version": "{{version}}"}"""));
            Add(archive, "config.json", Encoding.UTF8.GetBytes(config));
            Add(archive, "model.weights.h5", weights);
            more?.Invoke(archive);
        }
        return bytes.ToArray();
    }

    public static void Add(ZipArchive archive, string name, byte[] content)
    {
        using Stream stream = archive.CreateEntry(name, CompressionLevel.NoCompression).Open();
        stream.Write(content);
    }

    public static string Sequential(params string[] layers) =>
        "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"s\", \"layers\": [" + string.Join(", ", layers) + "]}}";

    public static string Described(string kind, string name, string settings = "") =>
        $$$"""{"class_name": "{{{kind}}}", "config": {"name": "{{{name}}}"{{{(settings.Length > 0 ? ", " : "")}}}{{{settings}}}}}""";

    /// <summary>Drawn arrays of a recurrent layer.</summary>
    public static Made[] Cell(int seed, int inputs, int units, int gates, long[]? bias)
    {
        var random = new Farback.Numbers.RandomStream(seed, 5);
        double[] Draw(long count) => [.. Enumerable.Range(0, (int)count).Select(_ => (double)(float)random.NextUniform(-0.8, 0.8))];
        return
        [
            Array("kernel", [inputs, gates * units], Draw(inputs * gates * units)),
            Array("recurrent_kernel", [units, gates * units], Draw(units * gates * units)),
            .. bias is null
                ? System.Array.Empty<Made>()
                : [Array("bias", bias, Draw(bias.Aggregate(1L, (product, size) => product * size)))],
        ];
    }

    public static Made Named(Made array, string name) => new Made(name).Raw(array.Shape, array.Type, array.Data!);

    public static Made[] Twice(Made[] forward, Made[] backward) =>
        [
            .. forward.Select(array => Named(array, $"forward_{array.Name}")),
            .. backward.Select(array => Named(array, $"backward_{array.Name}")),
        ];

    public static OpenedModel Opened(byte[] bytes, KerasOptions? options = null) => KerasFile.Open("made", bytes, options);

    public static void Refused(byte[] bytes, string sentence)
    {
        var error = Assert.Throws<MalformedFileException>(() => KerasFile.Open("made", bytes));
        Assert.Contains(sentence, error.Message, StringComparison.Ordinal);
    }

    /// <summary>The whole model's outputs.</summary>
    public static IReadOnlyList<Tensor> Outputs(OpenedModel opened, params Tensor[] inputs) =>
        opened.Whole!.Run(inputs, TestContext.Current.CancellationToken);
}
