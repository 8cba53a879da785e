using Farback.Cells;
using Farback.Examples;
using Farback.Networks;
using Farback.Numbers;

namespace Farback.Tests.Laws;

/// <summary>The cells that every law is tested on: the library's, and two that are not in it.</summary>
internal static class LawCell
{
    private static readonly IReadOnlyList<Cell> All = [.. AllCells.List, new LruCell(), new LeakyCell()];

    public static Cell Named(string name) => All.Single(cell => cell.Name == name);

    public static TheoryData<string> Names => [.. All.Select(cell => cell.Name)];

    /// <summary>Every cell at every width, those that this machine lacks among them, in both precisions.</summary>
    public static TheoryData<string, Width, string> Everywhere
    {
        get
        {
            TheoryData<string, Width, string> data = [];
            foreach (Cell cell in All)
            foreach (Width width in Enum.GetValues<Width>())
            foreach (string precision in new[] { "double", "float" })
                data.Add(cell.Name, width, precision);
            return data;
        }
    }

    /// <summary>Skips a test, saying why, where the processor lacks the width.</summary>
    public static void Require(Width width) =>
        Assert.SkipUnless(Widths.IsSupported(width), $"this processor has no registers of width {Widths.Name(width)}");

    /// <summary>U(±1/√H) on float's grid; time constants from 1 up.</summary>
    public static Parameters<double> Parameters(Network network, long seed)
    {
        var random = new RandomStream(seed, 1);
        double bound = 1 / Math.Sqrt(network.Hidden);
        var parameters = new Parameters<double>(network);
        foreach (ref double value in parameters.Values.AsSpan())
            value = (float)random.NextUniform(-bound, bound);
        Prepare(parameters);
        return parameters;
    }

    /// <summary>Moves parameters to where their cell is defined.</summary>
    public static void Prepare(Parameters<double> parameters)
    {
        if (parameters.Network.Cell is LeakyCell)
            foreach (Block block in parameters.Network.Blocks.Where(block => block.Kind == BlockKind.Unit))
            foreach (ref double τ in parameters[block])
                τ = 1 + Math.Abs(τ);
    }
}
