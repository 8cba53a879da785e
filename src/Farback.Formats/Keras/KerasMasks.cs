using System.Globalization;

namespace Farback.Formats.Keras;

/// <summary>Which steps are passed over, value by value: a mask is [N, T], 1 where a step is read.</summary>
/// <remarks>
///   Embedding with mask_zero: word ≠ 0. Masking: any number ≠ mask_value. In Keras 3 also NotEqual and Any, which a call is given as its mask.
///   A mask goes on through dropout, Dense, TimeDistributed, activations and recurrent layers that put out every step; any other layer ends it.
///   Source: compute_mask of Keras' layers.
/// </remarks>
internal sealed class KerasMasks(KerasNodes nodes)
{
    private readonly Dictionary<string, string> _masks = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StepMask> _steps = new(StringComparer.Ordinal);
    private readonly HashSet<string?> _read = [];

    /// <summary>Says that a value has a mask.</summary>
    public void Set(string value, string mask) => _masks[value] = mask;

    /// <summary>The masks that recurrent layers read by: one where all pass over the same steps; null is that of a layer that reads every step.</summary>
    public IReadOnlySet<string?> Read => _read;

    /// <summary>What a mask passes over; null where the value is none.</summary>
    public StepMask? StepsOf(string? mask) => mask is null ? null : _steps.GetValueOrDefault(mask);

    /// <summary>The mask by which the call at hand reads a value: the one that it is given, else the value's own.</summary>
    public string? Of(string value) =>
        nodes.At.Mask is { } given && nodes.Find(given) is { } mask && _steps.ContainsKey(mask) ? mask : _masks.GetValueOrDefault(value);

    /// <summary>The same, of a recurrent layer.</summary>
    public string? OfRecurrent(string value)
    {
        string? mask = Of(value);
        _read.Add(mask);
        return mask;
    }

    /// <summary>The mask of several values that are put together: the one that all have which have one.</summary>
    /// <returns>False where they have different ones.</returns>
    public bool Common(string[] values, out string? mask)
    {
        string[] all = [.. values.Select(value => _masks.GetValueOrDefault(value)).OfType<string>().Distinct()];
        mask = all.Length == 1 ? all[0] : null;
        return all.Length < 2;
    }

    /// <summary>The mask of the words that are not that one, or of the vectors that have another number.</summary>
    public string Unlike(string value, bool isOfWords, double number)
    {
        string mask = string.Create(CultureInfo.InvariantCulture, $"{value}:unlike {number:R}");
        if (!_steps.TryAdd(mask, new(isOfWords, number)))
            return mask;
        string other = isOfWords ? nodes.Maker.Whole($"{mask}:number", (long)number) : nodes.Maker.Store($"{mask}:number", [1], [number]);
        string same = nodes.Node("Equal", [value, other], $"{mask}:same");
        string unlike = nodes.Node("Not", [same], $"{mask}:not");
        string counted = nodes.Node("Cast", [unlike], isOfWords ? mask : $"{mask}:each", ("to", nodes.Maker.Real == Dtype.F64 ? 11 : 1));
        return isOfWords ? mask : nodes.Node("ReduceMax", [counted], mask, ("axes", Last), ("keepdims", 0));
    }

    /// <summary>A mask beside vectors: [N, T, 1].</summary>
    public string Column(string mask, string what) =>
        nodes.Node("Unsqueeze", [mask, nodes.Whole($"{what}:last", -1)], $"{nodes.Name}:{what}");

    private static readonly int[] Last = [-1];
}
