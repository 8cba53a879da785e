namespace Farback.Cells;

/// <summary>The linear read-out, y = W_y h + b_y: a cell that remembers nothing, so that its weights are used at k = t only.</summary>
/// <remarks>Its equations are those of the Elman cell with the identity; what it lacks is the recurrent product.</remarks>
public sealed class ReadOutCell : Cell
{
    /// <summary>The only one.</summary>
    public static ReadOutCell Instance { get; } = new();

    private ReadOutCell() { }

    /// <inheritdoc/>
    public override string Name => "read-out";

    /// <inheritdoc/>
    public override string Title => "read-out";

    /// <inheritdoc/>
    public override string Equation => "y = W_y h + b_y";

    /// <inheritdoc/>
    public override IReadOnlyList<Gate> Gates { get; } = [new("", 0, 0)];

    /// <inheritdoc/>
    public override bool IsRecurrent => false;

    /// <inheritdoc/>
    public override TResult Open<V, TResult>(ICellUser<V, TResult> user) => AllCells.ElmanIdentity.Open(user);
}
