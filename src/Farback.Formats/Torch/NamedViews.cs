using System.Globalization;

namespace Farback.Formats.Torch;

/// <summary>Every tensor of a pickle with the keys that lead to it, joined by dots.</summary>
/// <remarks>Each container once on a way, so that one that holds itself is seen; visits and letters are bounded by the file's length.</remarks>
internal sealed class NamedViews
{
    private const int Deepest = 256,
        MostVisits = 20_000,
        BytesPerVisit = 4,
        LongestName = 4096;
    private const long AlwaysAllowed = 1 << 20;

    private readonly string _file;
    private readonly List<(string Name, View View)> _views = [];
    private readonly HashSet<object> _onTheWay = new(ReferenceEqualityComparer.Instance);
    private long _visits,
        _letters;

    private NamedViews(string file, long length) =>
        (_file, _visits, _letters) = (file, MostVisits + length / BytesPerVisit, AlwaysAllowed + 4 * length);

    /// <summary>The tensors in the order of the containers.</summary>
    /// <param name="file">What to call it in a refusal.</param>
    /// <param name="length">The file's length.</param>
    /// <param name="root">The pickle's value.</param>
    public static List<(string Name, View View)> Of(string file, long length, object? root)
    {
        var views = new NamedViews(file, length);
        views.Walk(root, "", 0);
        return views._views;
    }

    private void Walk(object? value, string name, int depth)
    {
        if (--_visits < 0 || (_letters -= name.Length) < 0)
            throw Fault("the same containers are nested in each other again and again", "no more values than a file of this size needs");
        if (value is View view)
        {
            _views.Add((name, view));
            return;
        }
        IEnumerable<(string Key, object? Value)>? inside = value switch
        {
            Map map => map.Pairs.Select(pair => (KeyText(pair.Key), pair.Value)),
            Items items => items.Values.Select((item, i) => (i.ToString(CultureInfo.InvariantCulture), item)),
            _ => null,
        };
        if (inside is null)
            return;
        if (depth > Deepest)
            throw Fault("containers are nested too deeply", $"at most {Deepest} levels");
        if (!_onTheWay.Add(value!))
            throw Fault("a container holds itself", "containers that end");
        foreach ((string key, object? item) in inside)
            if (item is View or Map or Items)
                Walk(item, name.Length == 0 ? key : Join(name, key), depth + 1);
        _onTheWay.Remove(value!);
    }

    private string Join(string name, string key) =>
        name.Length + key.Length < LongestName
            ? $"{name}.{key}"
            : throw Fault("a tensor's name is too long", $"at most {LongestName} characters");

    private static string KeyText(object key) =>
        key switch
        {
            string text => text,
            long number => number.ToString(CultureInfo.InvariantCulture),
            _ => $"<{PickleValue.Describe(key)}>",
        };

    private MalformedFileException Fault(string found, string expected) => new(_file, found, expected);
}
