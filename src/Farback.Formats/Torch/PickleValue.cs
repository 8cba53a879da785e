namespace Farback.Formats.Torch;

/// <summary>What a pickle's opcodes make here: plain data only. Numbers, texts, null and truth values stand for themselves.</summary>
internal static class PickleValue
{
    /// <summary>What a value is, for a sentence.</summary>
    public static string Describe(object? value) =>
        value switch
        {
            null => "None",
            bool => "a truth value",
            long or double => "a number",
            string => "a text",
            Opaque opaque => opaque.What,
            Items { Kind: var kind } => $"a {kind}",
            Map => "a dictionary",
            Global global => global.Name,
            Storage => "a storage",
            View => "a tensor",
            _ => "something else",
        };
}

/// <summary>A tuple, a list or a set.</summary>
internal sealed class Items(string kind, List<object?> values)
{
    public string Kind { get; } = kind;
    public List<object?> Values { get; } = values;
}

/// <summary>A dictionary in the order in which its keys came; the last of two equal keys wins, as in Python.</summary>
internal sealed class Map
{
    private readonly Dictionary<object, int> _places = [];

    public List<(object Key, object? Value)> Pairs { get; } = [];

    /// <summary>Sets a key; false where it was there.</summary>
    public bool Set(object key, object? value)
    {
        if (_places.TryAdd(key, Pairs.Count))
        {
            Pairs.Add((key, value));
            return true;
        }
        Pairs[_places[key]] = (key, value);
        return false;
    }
}

/// <summary>Something that is of no use to a network: bytes, a device, a huge number, a numpy scalar.</summary>
internal sealed record Opaque(string What);

/// <summary>module.name, as data: nothing is ever looked up by it.</summary>
internal sealed record Global(string Name);

/// <summary>A type of elements by PyTorch's name.</summary>
internal sealed record TorchType(Dtype Dtype);

/// <summary>A storage: a run of elements of one type, that tensors are views of.</summary>
/// <param name="Key">Its name among the records.</param>
/// <param name="Dtype">The type of its elements.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Offset">Where it begins in the storage of that name, in elements; old files have storages that are views.</param>
internal sealed record Storage(string Key, Dtype Dtype, long Count, long Offset);

/// <summary>A tensor: a strided view of a storage.</summary>
internal sealed record View(Storage Storage, Dtype Dtype, long Offset, long[] Shape, long[] Strides);
