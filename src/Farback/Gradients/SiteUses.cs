using Farback.Cells;
using Farback.Networks;
using Farback.Tiles;

namespace Farback.Gradients;

/// <summary>The weight uses of one site of a run, with everything about them that is the same for all loss times. Only read while the map is made.</summary>
internal sealed class SiteUses<T>
    where T : unmanaged
{
    /// <summary>One gate's use of a block: which sum it feeds, multiplied by what.</summary>
    internal sealed record Use(MapSeries? Gate, int Sum, Operand Operand, bool ByInput);

    /// <summary>A block and its gates.</summary>
    internal sealed record BlockUses(MapSeries Series, double GradientSquare, Use[] Uses);

    private readonly Parameters<T>? _gradient;
    private readonly Recurrence<T>? _projector;

    public SiteUses(GradientMap map, Trace<T> trace, int index, Parameters<T>? gradient, MapMemory<T> memory)
    {
        (Site, Recurrence, Run) = (trace.Model.Sites[index], trace.Model.Recurrences[index], trace.Layers[index]);
        (From, _gradient) = (trace.From, gradient);
        GradientSquare = gradient is null ? 0 : Euclidean.Square<T>(gradient.Values);
        Blocks = [.. BlocksOf(map)];
        Uses = [.. Blocks.SelectMany(block => block.Uses)];
        if (gradient is not null && Site.Unit is { } unit)
            (UnitParts, UnitSquare) = ([.. Site.Cell.UnitParameters.Select(parameter => map[$"{unit.Name}.{parameter}"])], SquareOf(unit));
        if (gradient is not null && Site.InitialState is { } initial)
            InitialSquare = SquareOf(initial);
        bool ofInput = Uses.Any(use => use.Operand == Operand.X);
        Tables = memory.Tables(index, Run, ofInput, shares: gradient is not null);
        if (gradient is null)
            return;
        // g itself, packed as weights, projects every operand; one bias projects onto one slot
        _projector = memory.Projector(index);
        _projector.Pack(gradient.Layer(Site));
        Tables.InputBias = Bias(Site.InputBias, byInput: true);
        Tables.StateBias = Bias(Site.RecurrentBias, byInput: false);
    }

    public Site Site { get; }

    public Recurrence<T> Recurrence { get; }

    public LayerTrace<T> Run { get; }

    /// <summary>The time of the whole sequence at which the run begins.</summary>
    public int From { get; }

    public UseTables<T> Tables { get; }

    public BlockUses[] Blocks { get; }

    /// <summary>The uses of all blocks.</summary>
    public Use[] Uses { get; }

    /// <summary>Whether anything of it is wanted.</summary>
    public bool IsRead => Blocks.Length > 0;

    /// <summary>The series of each parameter that a unit has to itself.</summary>
    public IReadOnlyList<MapSeries> UnitParts { get; } = [];

    /// <summary>‖g‖² of those.</summary>
    public double UnitSquare { get; }

    /// <summary>‖g‖² of the learned initial state.</summary>
    public double InitialSquare { get; }

    /// <summary>‖∇J‖².</summary>
    public double GradientSquare { get; }

    /// <summary>g of a block; none where no shares are wanted.</summary>
    public Span<T> Gradient(Block block) => _gradient is null ? [] : _gradient[block];

    private double SquareOf(Block block) => Euclidean.Square<T>(Gradient(block));

    /// <summary>Fills the tables in for one step.</summary>
    public void Fill(int p)
    {
        long first = (long)p * Tables.Lanes;
        Tables.Fill(p);
        _projector?.Project(Run, Tables.ByInput!, Tables.ByState!, first, first + Tables.Lanes);
    }

    private IEnumerable<BlockUses> BlocksOf(GradientMap map)
    {
        foreach (
            (Block? block, bool byInput, bool isBias) in new[]
            {
                (Site.InputWeights, true, false),
                (Site.RecurrentWeights, false, false),
                (Site.InputBias, true, true),
                (Site.RecurrentBias, false, true),
            }
        )
            if (block is not null && map.Find(block.Name) is { } series)
                yield return new(series, SquareOf(block), [.. Site.Cell.Gates.Select(gate => UseOf(map, block, gate, byInput, isBias))]);
    }

    private Use UseOf(GradientMap map, Block block, Gate gate, bool byInput, bool isBias) =>
        new(
            Site.Cell.Gates.Count > 1 ? map[$"{block.Name}.{gate.Name}"] : null,
            Recurrence.SumOf(gate, byInput),
            isBias ? Operand.One
                : byInput ? Operand.X
                : gate.BeforeProduct ? Operand.BeforeProduct
                : Operand.State,
            byInput
        );

    private Deltas<T>? Bias(Block? block, bool byInput)
    {
        if (block is null)
            return null;
        Deltas<T> deltas = Recurrence.NewDeltas(1);
        Span<T> g = Gradient(block);
        for (int gate = 0; gate < Site.Cell.Gates.Count; gate++)
        for (int unit = 0; unit < Site.Units; unit++)
            deltas.At(0, Recurrence.SumOf(Site.Cell.Gates[gate], byInput), unit) = g[gate * Site.Units + unit];
        return deltas;
    }
}
