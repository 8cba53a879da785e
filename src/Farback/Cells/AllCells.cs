namespace Farback.Cells;

/// <summary>Every cell of the library, one line each, and those of them that other activations make.</summary>
public static class AllCells
{
    /// <summary>h = tanh(W_x x + W_h h₋ + b).</summary>
    public static Cell Elman { get; } = ElmanWith(Activation.Tanh);

    /// <summary>The Elman cell with max(z, 0).</summary>
    public static Cell ElmanRelu { get; } = ElmanWith(Activation.Relu);

    /// <summary>The Elman cell without an activation: a linear system.</summary>
    public static Cell ElmanIdentity { get; } = ElmanWith(Activation.Identity);

    /// <summary>Long short-term memory.</summary>
    public static Cell Lstm { get; } = LstmWith(Activation.Sigmoid, Activation.Tanh, Activation.Tanh);

    /// <summary>Long short-term memory whose gates see c.</summary>
    public static Cell LstmPeephole { get; } = LstmWith(Activation.Sigmoid, Activation.Tanh, Activation.Tanh, peepholes: true);

    /// <summary>GRU, reset after the product.</summary>
    public static Cell Gru { get; } = GruWith(Activation.Sigmoid, Activation.Tanh);

    /// <summary>GRU, reset before the product.</summary>
    public static Cell GruResetBefore { get; } = GruResetBeforeWith(Activation.Sigmoid, Activation.Tanh);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Cell> List { get; } = [Elman, ElmanRelu, ElmanIdentity, Lstm, LstmPeephole, Gru, GruResetBefore];

    /// <summary>The Elman cell with this activation.</summary>
    public static Cell ElmanWith(Activation activation) => new ElmanCell(activation);

    /// <summary>The LSTM with these activations, for i, f and o, for g, and for the c that h shows.</summary>
    public static Cell LstmWith(Activation gate, Activation candidate, Activation output, bool peepholes = false, bool coupled = false) =>
        new LstmCell(peepholes, coupled, gate, candidate, output);

    /// <summary>The GRU, reset after the product, with these activations, for r and z, and for n.</summary>
    public static Cell GruWith(Activation gate, Activation candidate) => new GruResetAfterCell(gate, candidate);

    /// <summary>The GRU, reset before the product, with these activations, for r and z, and for n.</summary>
    public static Cell GruResetBeforeWith(Activation gate, Activation candidate) => new GruResetBeforeCell(gate, candidate);

    /// <summary>The cell of that name, or null: lstm, or with activations lstm(hard-sigmoid, tanh, relu).</summary>
    public static Cell? Named(string name) => List.FirstOrDefault(cell => cell.Name == name) ?? Chosen(name);

    private static Cell? Chosen(string name)
    {
        int open = name.IndexOf('(', StringComparison.Ordinal);
        string kind = open < 0 ? name : name[..open];
        if (open >= 0 && name[^1] != ')')
            return null;
        Activation[] own;
        try
        {
            own = open < 0 ? [] : [.. name[(open + 1)..^1].Split(',').Select(Activation.Parse)];
        }
        catch (ArgumentException)
        {
            return null; // the caller names the cells there are
        }
        Activation At(int i, Activation usual) => i < own.Length ? own[i] : usual;
        return (kind, own.Length) switch
        {
            ("elman", 1) => ElmanWith(own[0]),
            ("gru", 2) => GruWith(own[0], own[1]),
            ("gru-reset-before", 2) => GruResetBeforeWith(own[0], own[1]),
            ("lstm" or "lstm-peephole" or "lstm-coupled" or "lstm-peephole-coupled", 0 or 3) => LstmWith(
                At(0, Activation.Sigmoid),
                At(1, Activation.Tanh),
                At(2, Activation.Tanh),
                kind.Contains("peephole", StringComparison.Ordinal),
                kind.Contains("coupled", StringComparison.Ordinal)
            ),
            _ => null,
        };
    }
}
