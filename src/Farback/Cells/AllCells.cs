namespace Farback.Cells;

/// <summary>Every cell of the library, one line each.</summary>
public static class AllCells
{
    /// <summary>h = tanh(W_x x + W_h h₋ + b).</summary>
    public static Cell Elman { get; } = new ElmanCell(ElmanCell.Activation.Tanh);

    /// <summary>The Elman cell with max(z, 0).</summary>
    public static Cell ElmanRelu { get; } = new ElmanCell(ElmanCell.Activation.Relu);

    /// <summary>The Elman cell without an activation: a linear system.</summary>
    public static Cell ElmanIdentity { get; } = new ElmanCell(ElmanCell.Activation.Identity);

    /// <summary>Long short-term memory.</summary>
    public static Cell Lstm { get; } = new LstmCell(peepholes: false);

    /// <summary>Long short-term memory whose gates see c.</summary>
    public static Cell LstmPeephole { get; } = new LstmCell(peepholes: true);

    /// <summary>GRU, reset after the product.</summary>
    public static Cell Gru { get; } = new GruResetAfterCell();

    /// <summary>GRU, reset before the product.</summary>
    public static Cell GruResetBefore { get; } = new GruResetBeforeCell();

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Cell> List { get; } = [Elman, ElmanRelu, ElmanIdentity, Lstm, LstmPeephole, Gru, GruResetBefore];

    /// <summary>The cell of that name, or null.</summary>
    public static Cell? Named(string name) => List.FirstOrDefault(cell => cell.Name == name);
}
