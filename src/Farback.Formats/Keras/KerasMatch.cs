using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Farback.Formats.Hdf5;

namespace Farback.Formats.Keras;

/// <summary>Which arrays of a file belong to which layer of its description.</summary>
/// <remarks>
///   By order: the groups are those of the layers that own weights. A model inside has one group, with its layers' arrays one after the other,
///   those that are not trained last. By class: the group's name is the class and the number among those of its class.
/// </remarks>
internal sealed partial class KerasMatch
{
    private readonly string _file;
    private readonly KerasVersion _version;
    private readonly Dictionary<KerasLayer, IReadOnlyList<Hdf5Dataset>> _matched = new(ReferenceEqualityComparer.Instance);

    private KerasMatch(string file, KerasVersion version) => (_file, _version) = (file, version);

    /// <summary>The arrays of every layer that owns some, models laid open.</summary>
    public static IReadOnlyDictionary<KerasLayer, IReadOnlyList<Hdf5Dataset>> Of(
        string file,
        KerasWeights weights,
        KerasConfig config,
        KerasVersion version
    )
    {
        var match = new KerasMatch(file, version);
        if (weights.IsByOrder)
            match.ByOrder(weights.Layers, config);
        else
            match.ByClass(weights.Layers, config);
        return match._matched;
    }

    private void ByOrder(IReadOnlyList<KerasArrays> groups, KerasConfig config)
    {
        KerasLayer[] owners = [.. config.Layers.Where(layer => layer.OwnsWeights)];
        if (owners.Length != groups.Count)
            throw new MalformedFileException(
                _file,
                $"{groups.Count} layers have arrays ({Some(groups.Select(layer => layer.Name))}) and {owners.Length} of the configuration own weights ({Some(owners.Select(layer => layer.Name))})",
                "as many, since they belong together by their order"
            );
        for (int i = 0; i < owners.Length; i++)
            Share(owners[i], groups[i].Arrays);
    }

    // a layer's arrays, or those of a model to the layers inside it
    private void Share(KerasLayer layer, IReadOnlyList<Hdf5Dataset> arrays)
    {
        if (layer.Model is null)
        {
            _matched[layer] = arrays;
            return;
        }
        KerasLayer[] owners = [.. Owners(layer).OrderBy(one => one.Flag("trainable", true) ? 0 : 1)];
        if (owners.Length == 1)
        {
            _matched[owners[0]] = arrays;
            return;
        }
        int next = 0;
        foreach (KerasLayer owner in owners)
        {
            int count = CountOf(owner);
            _matched[owner] = [.. arrays.Skip(next).Take(count)];
            next += count;
        }
        if (next != arrays.Count)
            throw layer.Fault($"has {arrays.Count} arrays", $"{next}, those of {Some(owners.Select(owner => owner.Name))}");
    }

    private static IEnumerable<KerasLayer> Owners(KerasLayer layer) =>
        layer.Model is { } model ? model.Layers.SelectMany(Owners)
        : layer.OwnsWeights ? [layer]
        : [];

    private int CountOf(KerasLayer layer) =>
        layer.Class switch
        {
            "Embedding" => 1,
            "Dense" => layer.Flag("use_bias", true) ? 2 : 1,
            "Bidirectional" when layer.Inner("layer") is { } inner => 2 * CountOf(inner),
            "TimeDistributed" when layer.Inner("layer") is { } inner => inner.OwnsWeights ? CountOf(inner) : 0,
            "RNN" when layer.Inner("cell") is { } cell => KerasCell.Stacked(cell).Sum(CountOf),
            _ when KerasCell.OperatorOf(layer.Class) is not null => KerasCell.ArraysOf(layer, _version),
            _ => throw new NotSupportedException(
                $"{_file}: {layer} stands inside of a model whose arrays are one list, and how many of them are its own is not known here."
            ),
        };

    private void ByClass(IReadOnlyList<KerasArrays> groups, KerasConfig config)
    {
        Dictionary<string, int> used = new(StringComparer.Ordinal);
        foreach (KerasLayer layer in config.Layers)
        {
            string kind = SnakeCase(layer.Class);
            int number = used[kind] = used.GetValueOrDefault(kind, -1) + 1;
            string name = number == 0 ? kind : $"{kind}_{number.ToString(CultureInfo.InvariantCulture)}";
            if (!layer.OwnsWeights)
                continue;
            KerasArrays found =
                groups.FirstOrDefault(arrays => arrays.Name == name)
                ?? groups.FirstOrDefault(arrays => arrays.Name == layer.Name)
                ?? throw layer.Fault(
                    $"has no arrays under layers/{MalformedFileException.Quote(name)[1..^1]}",
                    $"one of {Some(groups.Select(arrays => arrays.Name))}"
                );
            if (layer.Model is { } model)
                ByClass(found.Inside, model);
            else
                _matched[layer] = found.Arrays;
        }
    }

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
