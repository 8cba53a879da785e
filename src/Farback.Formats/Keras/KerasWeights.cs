using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Farback.Formats.Hdf5;

namespace Farback.Formats.Keras;

/// <summary>The arrays of a layer, under the name that the file has for it.</summary>
internal sealed record KerasArrays(string Name, IReadOnlyList<Hdf5Dataset> Arrays);

/// <summary>The arrays of a Keras file, layer by layer.</summary>
/// <remarks>
///   Up to Keras 2, and in the legacy files of 3: the attribute layer_names lists groups, whose attribute weight_names lists arrays; groups
///   belong to layers by their ORDER among those that own weights, since their names may differ. In .weights.h5 and .keras the path says the
///   class of the layer and its number among those of its class.
/// </remarks>
internal sealed partial class KerasWeights
{
    private readonly string _file;
    private readonly bool _byOrder;

    private KerasWeights(string file, bool byOrder, IReadOnlyList<KerasArrays> layers) =>
        (_file, _byOrder, Layers) = (file, byOrder, layers);

    /// <summary>The layers that have arrays, in the file's order.</summary>
    public IReadOnlyList<KerasArrays> Layers { get; }

    /// <summary>Finds the arrays in a file, or null where it is not laid out as Keras does it.</summary>
    public static KerasWeights? Find(string file, Hdf5File hdf5)
    {
        Hdf5Group root = hdf5.Root.Find("model_weights") ?? hdf5.Root;
        if (Names(root, "layer_names") is { } names)
            return new(file, true, [.. names.Select(name => Legacy(file, root, name)).Where(layer => layer.Arrays.Count > 0)]);
        Dictionary<string, List<(string Path, Hdf5Dataset Array)>> layers = new(StringComparer.Ordinal);
        List<string> order = [];
        foreach (Hdf5Dataset array in hdf5.Datasets)
        {
            // saved on Windows, separators are part of a group's name
            string[] parts = array.Path.Replace('\\', '/').Split('/');
            if (parts.Length < 3 || parts[0] is not ("layers" or "_layer_checkpoint_dependencies") || parts.Contains("seed_generator"))
                continue;
            if (!layers.TryGetValue(parts[1], out List<(string, Hdf5Dataset)>? own))
            {
                layers.Add(parts[1], own = []);
                order.Add(parts[1]);
            }
            own.Add((string.Join('/', parts[2..].Select(Sortable)), array));
        }
        return layers.Count == 0
            ? null
            : new(
                file,
                false,
                [
                    .. order.Select(name => new KerasArrays(
                        name,
                        [.. layers[name].OrderBy(array => array.Path, StringComparer.Ordinal).Select(array => array.Array)]
                    )),
                ]
            );
    }

    /// <summary>The arrays of every layer of a model, by its place among the layers; empty where it owns none.</summary>
    public IReadOnlyList<IReadOnlyList<Hdf5Dataset>> Match(KerasConfig config)
    {
        KerasLayer[] owners = [.. config.Layers.Where(layer => layer.OwnsWeights)];
        if (!_byOrder)
            return ByClass(config);
        if (owners.Length != Layers.Count)
            throw new MalformedFileException(
                _file,
                $"{Layers.Count} layers have arrays ({Some(Layers.Select(layer => layer.Name))}) and {owners.Length} of the configuration own weights ({Some(owners.Select(layer => layer.Name))})",
                "as many, since they belong together by their order"
            );
        int next = 0;
        return [.. config.Layers.Select(layer => layer.OwnsWeights ? Layers[next++].Arrays : [])];
    }

    private List<IReadOnlyList<Hdf5Dataset>> ByClass(KerasConfig config)
    {
        Dictionary<string, int> used = new(StringComparer.Ordinal);
        List<IReadOnlyList<Hdf5Dataset>> matched = [];
        foreach (KerasLayer layer in config.Layers)
        {
            string kind = SnakeCase(layer.Class);
            int number = used[kind] = used.GetValueOrDefault(kind, -1) + 1;
            string name = number == 0 ? kind : $"{kind}_{number.ToString(CultureInfo.InvariantCulture)}";
            KerasArrays? found =
                Layers.FirstOrDefault(arrays => arrays.Name == name) ?? Layers.FirstOrDefault(arrays => arrays.Name == layer.Name);
            if (found is null && layer.OwnsWeights)
                throw layer.Fault(
                    $"has no arrays under layers/{MalformedFileException.Quote(name)[1..^1]}",
                    $"one of {Some(Layers.Select(arrays => arrays.Name))}"
                );
            matched.Add(layer.OwnsWeights ? found!.Arrays : []);
        }
        return matched;
    }

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
            ]
        );
    }

    // vars/10 after vars/2, forwards before backwards
    private static string Sortable(string part) =>
        part.Length is > 0 and < 8 && part.All(char.IsAsciiDigit) ? part.PadLeft(8, '0')
        : part is "forward_layer" ? "0"
        : part is "backward_layer" ? "1"
        : part;

    /// <summary>SimpleRNN → simple_rnn, TimeDistributed → time_distributed, Conv1D → conv1d, as Keras does it.</summary>
    private static string SnakeCase(string name) => LowerUpper().Replace(Word().Replace(name, "$1_$2"), "$1_$2").ToLowerInvariant();

    [GeneratedRegex("(.)([A-Z][a-z]+)")]
    private static partial Regex Word();

    [GeneratedRegex("([a-z])([A-Z])")]
    private static partial Regex LowerUpper();

    private static string Some(IEnumerable<string> names)
    {
        var text = new StringBuilder();
        int count = 0;
        foreach (string name in names)
        {
            if (++count > 8)
                return text.Append(", …").ToString();
            text.Append(count > 1 ? ", " : "").Append(MalformedFileException.Quote(name)[1..^1]);
        }
        return text.ToString();
    }
}
