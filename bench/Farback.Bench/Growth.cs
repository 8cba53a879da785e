using Farback.Cells;
using Farback.Cli.Measuring;

namespace Farback.Bench;

/// <summary>How the cost of a training step grows with T, B and H, and that of a map with its loss times.</summary>
internal static class Growth
{
    /// <summary>The shape that everything but one size is kept at.</summary>
    public static readonly Shape Step = new(100, 32, 64, 128),
        Map = new(100, 16, 32, 64);

    /// <summary>One size that grows.</summary>
    /// <param name="Title">What is drawn.</param>
    /// <param name="Size">The size.</param>
    /// <param name="Power">How the useful arithmetic grows with a large size: its exponent.</param>
    /// <param name="Sizes">Its values.</param>
    /// <param name="Of">The work at one of them.</param>
    internal sealed record Axis(string Title, string Size, int Power, int[] Sizes, Func<Cell, int, int, Workload> Of);

    public static readonly Axis[] Axes =
    [
        new(
            "Training step, B=32 I=64 H=128",
            "steps T",
            1,
            [12, 25, 50, 100, 200, 400, 800],
            (cell, n, threads) => Workload.Step(cell, Step with { T = n }, threads)
        ),
        new(
            "Training step, T=100 I=64 H=128",
            "lanes B",
            1,
            [1, 2, 4, 8, 16, 32, 64, 128],
            (cell, n, threads) => Workload.Step(cell, Step with { B = n }, threads)
        ),
        new(
            "Training step, T=100 B=32 I=64",
            "units H",
            2,
            [16, 32, 64, 128, 256, 512],
            (cell, n, threads) => Workload.Step(cell, Step with { H = n }, threads)
        ),
        new(
            "Map, T=100 B=16 I=32 H=64",
            "loss times",
            1,
            [1, 3, 6, 12, 25, 50, 100],
            (cell, n, threads) => Workload.Map(cell, Map, threads, lossTimes: n)
        ),
    ];

    /// <summary>A measured point.</summary>
    internal sealed record Point(int Axis, string Cell, int Size, double Milliseconds);

    public static IEnumerable<Point> Measure(IReadOnlyList<Cell> cells, int threads, double seconds, CancellationToken cancel)
    {
        for (int axis = 0; axis < Axes.Length; axis++)
            foreach (Cell cell in cells)
            foreach (int size in Axes[axis].Sizes)
            {
                Console.Error.WriteLine($"{Axes[axis].Title}: {Axes[axis].Size} {size}, {cell.Name}");
                yield return new(axis, cell.Name, size, Axes[axis].Of(cell, size, threads).Measure(seconds, cancel).MedMs);
            }
    }
}
