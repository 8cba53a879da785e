using System.Globalization;
using System.Text.RegularExpressions;

namespace Farback.Formats;

/// <summary>The tensors of one recurrent module by PyTorch's names: weight_ih_l0, bias_hh_l1_reverse; those of a *Cell have no layer.</summary>
internal sealed partial class RecurrentModule(string file, string prefix)
{
    private readonly Dictionary<(string Kind, int Layer, int Direction), Tensor> _parts = [];
    private readonly HashSet<Tensor> _all = [];

    /// <summary>What stands before its names, with the dot: encoder.lstm.</summary>
    public string Prefix { get; } = prefix;

    /// <summary>The prefix without its dot, as --module takes it.</summary>
    public string Name => Prefix.TrimEnd('.', '/');

    /// <summary>Its tensors.</summary>
    public IEnumerable<Tensor> Tensors => _parts.Values;

    /// <summary>Whether a tensor is one of them.</summary>
    public bool Has(Tensor tensor) => _all.Contains(tensor);

    public int Gates { get; private set; }
    public int Hidden { get; private set; }
    public int Inputs { get; private set; }
    public int Layers { get; private set; }
    public int Directions { get; private set; }

    /// <summary>0, 1 or 2 bias vectors a layer.</summary>
    public int BiasCount { get; private set; }

    /// <summary>RNN, GRU or LSTM, by the number of gates.</summary>
    public string Kind =>
        Gates switch
        {
            1 => "RNN",
            3 => "GRU",
            _ => "LSTM",
        };

    [GeneratedRegex(
        @"^(?<prefix>(?:.*[./])?)(?<kind>weight_ih|weight_hh|bias_ih|bias_hh|weight_hr)(?:_l(?<layer>[0-9]{1,4})(?<reverse>_reverse)?)?(?<norm>_g|_v)?$"
    )]
    private static partial Regex Pattern();

    /// <summary>Groups tensors by their module; in the file's order.</summary>
    /// <exception cref="MalformedFileException">Two tensors are the same part of one module.</exception>
    /// <exception cref="NotSupportedException">A module has a projection, or its weights are normalised.</exception>
    public static IReadOnlyList<RecurrentModule> Find(string file, IEnumerable<Tensor> tensors)
    {
        List<RecurrentModule> modules = [];
        Dictionary<string, RecurrentModule> byPrefix = [];
        foreach (Tensor tensor in tensors)
        {
            if (
                tensor.Name.Contains("parametrizations.weight_", StringComparison.Ordinal)
                && tensor.Name.Contains(".original", StringComparison.Ordinal)
            )
                throw Normalised(file, tensor);
            Match match = Pattern().Match(tensor.Name);
            if (!match.Success)
                continue;
            if (match.Groups["norm"].Success)
                throw Normalised(file, tensor);
            string prefix = match.Groups["prefix"].Value;
            if (!byPrefix.TryGetValue(prefix, out RecurrentModule? module))
                modules.Add(byPrefix[prefix] = module = new(file, prefix));
            int layer = match.Groups["layer"].Success ? int.Parse(match.Groups["layer"].Value, CultureInfo.InvariantCulture) : 0;
            if (!module._parts.TryAdd((match.Groups["kind"].Value, layer, match.Groups["reverse"].Success ? 1 : 0), tensor))
                throw new MalformedFileException(
                    file,
                    $"{Quote(tensor.Name)} stands twice with and without a layer",
                    "each part of a module once"
                );
            module._all.Add(tensor);
        }
        return modules;
    }

    /// <summary>Reads the sizes off the shapes, and checks that all of them fit together.</summary>
    /// <exception cref="MalformedFileException">A part is missing or has another shape; it is named.</exception>
    /// <exception cref="NotSupportedException">The module is an LSTM with projection.</exception>
    public void Measure()
    {
        if (_parts.Keys.FirstOrDefault(part => part.Kind == "weight_hr") is { Kind: not null } projection)
            throw new NotSupportedException(
                $"{file}: {Quote(_parts[projection].Name)} is the projection of an LSTM (proj_size), which no cell here has; train or convert it without."
            );
        Tensor input = Need("weight_ih", 0, 0),
            recurrent = Need("weight_hh", 0, 0);
        long units = recurrent.Shape.Count == 2 ? recurrent.Shape[1] : 0,
            rows = recurrent.Shape.Count == 2 ? recurrent.Shape[0] : 0;
        if (units == 0 || rows % units != 0 || rows / units is not (1 or 3 or 4) || rows > int.MaxValue)
            throw new MalformedFileException(
                file,
                $"{Quote(recurrent.Name)} has the shape {Tensor.Describe([.. recurrent.Shape])}",
                "[H, H] of an RNN, [3H, H] of a GRU or [4H, H] of an LSTM"
            );
        if (input.Shape.Count != 2 || input.Shape[1] is < 1 or > int.MaxValue)
            throw Shape(input, $"[{rows}, I]");
        (Hidden, Gates, Inputs) = ((int)units, (int)(rows / units), (int)input.Shape[1]);
        Layers = _parts.Keys.Max(part => part.Layer) + 1;
        Directions = _parts.Keys.Max(part => part.Direction) + 1;
        bool Has(string kind) => _parts.ContainsKey((kind, 0, 0));
        BiasCount = (Has("bias_ih"), Has("bias_hh")) switch
        {
            (true, true) => 2,
            (true, false) => 1,
            (false, false) => 0,
            _ => throw Missing("bias_ih", 0, 0),
        };
        if (_parts.Count != Layers * Directions * (2 + BiasCount) || Layers > _parts.Count)
            throw new MalformedFileException(
                file,
                $"the module {Quote(Name)} has {_parts.Count} tensors",
                $"{(long)Layers * Directions * (2 + BiasCount)}: weights and {BiasCount} biases in {Layers} layers and {Directions} directions"
            );
        for (int layer = 0; layer < Layers; layer++)
        for (int direction = 0; direction < Directions; direction++)
        {
            CheckShape("weight_ih", layer, direction, rows, layer == 0 ? Inputs : (long)Directions * Hidden);
            CheckShape("weight_hh", layer, direction, rows, Hidden);
            if (BiasCount > 0)
                CheckShape("bias_ih", layer, direction, rows);
            if (BiasCount > 1)
                CheckShape("bias_hh", layer, direction, rows);
        }
    }

    /// <summary>The part of that kind.</summary>
    public Tensor Need(string kind, int layer, int direction) =>
        _parts.TryGetValue((kind, layer, direction), out Tensor? tensor) ? tensor : throw Missing(kind, layer, direction);

    private MalformedFileException Missing(string kind, int layer, int direction) =>
        new(
            file,
            $"the module {Quote(Name)} has no {kind}_l{layer}{(direction == 1 ? "_reverse" : "")}",
            "weight_ih and weight_hh, and both biases or none, of every layer and direction"
        );

    private void CheckShape(string kind, int layer, int direction, params long[] shape)
    {
        Tensor tensor = Need(kind, layer, direction);
        if (!tensor.Shape.SequenceEqual(shape))
            throw Shape(tensor, Tensor.Describe(shape));
        if (tensor.Dtype.Real is null)
            throw new MalformedFileException(file, $"{Quote(tensor.Name)} holds {tensor.Dtype}", "floating numbers");
    }

    private MalformedFileException Shape(Tensor tensor, string expected) =>
        new(file, $"{Quote(tensor.Name)} has the shape {Tensor.Describe([.. tensor.Shape])}", expected);

    private static NotSupportedException Normalised(string file, Tensor tensor) =>
        new(
            $"{file}: {Quote(tensor.Name)} is half of a normalised weight; take the normalisation off (torch.nn.utils.remove_weight_norm) and save again."
        );

    private static string Quote(string text) => MalformedFileException.Quote(text);
}
