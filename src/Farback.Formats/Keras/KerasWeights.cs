using System.Globalization;
using Farback.Formats.Hdf5;

namespace Farback.Formats.Keras;

/// <summary>The arrays of a layer, under the name that the file has for it.</summary>
/// <param name="Name">The name.</param>
/// <param name="Arrays">All of them, in order.</param>
/// <param name="Inside">The same by the layers inside, where the layer is a model and the file's paths say so; else empty.</param>
internal sealed record KerasArrays(string Name, IReadOnlyList<Hdf5Dataset> Arrays, IReadOnlyList<KerasArrays> Inside);

/// <summary>The arrays of a Keras file, layer by layer.</summary>
/// <remarks>
///   Up to Keras 2, and in the legacy files of 3: the attribute layer_names lists groups, whose attribute weight_names lists arrays; groups
///   belong to layers by their ORDER among those that own weights, since their names may differ. In .weights.h5 and .keras the path says the
///   class of the layer and its number among those of its class.
/// </remarks>
internal sealed class KerasWeights
{
    private KerasWeights(bool isByOrder, IReadOnlyList<KerasArrays> layers) => (IsByOrder, Layers) = (isByOrder, layers);

    /// <summary>Whether arrays belong to layers by their order; otherwise by class and number.</summary>
    public bool IsByOrder { get; }

    /// <summary>The layers that have arrays, in the file's order.</summary>
    public IReadOnlyList<KerasArrays> Layers { get; }

    /// <summary>Finds the arrays in a file, or null where it is not laid out as Keras does it.</summary>
    public static KerasWeights? Find(string file, Hdf5File hdf5)
    {
        Hdf5Group root = hdf5.Root.Find("model_weights") ?? hdf5.Root;
        if (Names(root, "layer_names") is { } names)
            return new(true, [.. names.Select(name => Legacy(file, root, name)).Where(layer => layer.Arrays.Count > 0)]);
        // saved on Windows, separators are part of a group's name
        IReadOnlyList<KerasArrays> layers = ByPath([
            .. hdf5
                .Datasets.Select(array => new Placed(array.Path.Replace('\\', '/').Split('/'), array))
                .Where(placed => !placed.Parts.Contains("seed_generator")),
        ]);
        return layers.Count == 0 ? null : new(false, layers);
    }

    private readonly record struct Placed(string[] Parts, Hdf5Dataset Array);

    // layers/NAME/…; of a model inside, layers/NAME/layers/NAME/…
    private static IReadOnlyList<KerasArrays> ByPath(IReadOnlyList<Placed> all) =>
        [
            .. all.Where(placed => placed.Parts.Length >= 3 && placed.Parts[0] is "layers" or "_layer_checkpoint_dependencies")
                .GroupBy(placed => placed.Parts[1], StringComparer.Ordinal)
                .Select(group => new KerasArrays(
                    group.Key,
                    [
                        .. group
                            .OrderBy(placed => string.Join('/', placed.Parts[2..].Select(Sortable)), StringComparer.Ordinal)
                            .Select(placed => placed.Array),
                    ],
                    ByPath([.. group.Select(placed => placed with { Parts = placed.Parts[2..] })])
                )),
        ];

    // a list that is too long for one attribute goes on in name0, name1, …
    private static IReadOnlyList<string>? Names(Hdf5Group group, string name)
    {
        if (group.Attribute(name) is { } whole)
            return whole.Texts();
        List<string>? parts = null;
        for (int i = 0; group.Attribute($"{name}{i.ToString(CultureInfo.InvariantCulture)}") is { } part; i++)
            (parts ??= []).AddRange(part.Texts());
        return parts;
    }

    private static KerasArrays Legacy(string file, Hdf5Group root, string name)
    {
        MalformedFileException Fault(string found, string expected) =>
            new(file, $"the layer {MalformedFileException.Quote(name)} {found}", expected);
        Hdf5Group group =
            root.Children.FirstOrDefault(child => child.Name == name).Child
            ?? root.Find(name)
            ?? throw Fault("has no group", "a group for each of layer_names");
        IReadOnlyList<string> weights = Names(group, "weight_names") ?? throw Fault("has no attribute weight_names", "one");
        return new(
            name,
            [
                .. weights.Select(weight =>
                    group.Find(weight)?.Dataset
                    ?? throw Fault($"has no dataset {MalformedFileException.Quote(weight)}", "one for each of weight_names")
                ),
            ],
            []
        );
    }

    // vars/10 after vars/2, forwards before backwards
    private static string Sortable(string part) =>
        part.Length is > 0 and < 8 && part.All(char.IsAsciiDigit) ? part.PadLeft(8, '0')
        : part is "forward_layer" ? "0"
        : part is "backward_layer" ? "1"
        : part;
}
