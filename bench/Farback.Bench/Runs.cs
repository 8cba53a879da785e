using Farback.Cells;
using Farback.Cli.Measuring;

namespace Farback.Bench;

/// <summary>Our own measurements: which, in which order, and the table of them.</summary>
internal static class Runs
{
    private const int Attempts = 3;

    public static readonly string[] KernelNames = ["forward", "backward", "dW"];

    /// <summary>Workloads of a name at some shapes, the smallest first.</summary>
    public static IEnumerable<Workload> Of(string what, IEnumerable<Cell> cells, IReadOnlyList<Shape> shapes, int threads) =>
        from cell in cells
        from shape in shapes.OrderBy(shape => what == "map" ? shape.Map(1) : shape.Step(1))
        from one in what switch
        {
            "step" => [Workload.Step(cell, shape, threads)],
            "step+dx" => [Workload.StepWithInputGradient(cell, shape, threads)],
            "map" => [Workload.MapOfRecurrentNorms(cell, shape, threads), Workload.Map(cell, shape, threads)],
            _ when KernelNames.Contains(what) => Kernels.Of(cell, shape, threads).Where(kernel => kernel.What == what),
            _ => throw new ArgumentException($"--what: expected {string.Join(", ", KernelNames)}, step, step+dx or map, got '{what}'."),
        }
        select one;

    /// <summary>Measures one after the other. What would take longer than <paramref name="longest"/> seconds, by the pace of the size before it, is left out and said.</summary>
    public static IEnumerable<Row> Measure(IEnumerable<Workload> workloads, double seconds, double longest, CancellationToken cancel)
    {
        Row? before = null;
        foreach (Workload one in workloads)
        {
            if (before is not null && (before.What, before.Cell) == (one.What, one.Cell.Name) && one.Gflop / before.Gflops > longest)
            {
                Console.Error.WriteLine(
                    $"left out: {one.What} {one.Cell.Name} {one.Shape} would take about {one.Gflop / before.Gflops:0} s; --longest raises the limit of {longest:0} s"
                );
                continue;
            }
            Console.Error.WriteLine($"{one.What} {one.Cell.Name} {one.Shape}, {one.Threads} thread(s)");
            yield return before = one.Measure(seconds, cancel, Attempts);
        }
    }

    /// <summary>A line for every kind of work and shape, a column for every cell.</summary>
    public static string Table(IReadOnlyList<Row> rows)
    {
        string[] cells = [.. rows.Select(row => row.Cell).Distinct()];
        return MarkdownTable.Of(
            ["work", "T,B,I,H", "threads", .. cells.Select(cell => $"{cell}: ms, GFLOP/s, of peak")],
            [
                .. rows.GroupBy(row => (row.What, row.Shape, row.Threads))
                    .OrderBy(group => group.Key.Threads)
                    .Select(group =>
                        (string[])
                            [
                                group.Key.What,
                                group.Key.Shape.ToString(),
                                $"{group.Key.Threads}",
                                .. cells.Select(cell => group.FirstOrDefault(row => row.Cell == cell) is { } row ? Text(row) : ""),
                            ]
                    ),
            ]
        );
    }

    private static string Text(Row row) =>
        $"{MarkdownTable.Digits(row.MedMs)}, {MarkdownTable.Digits(row.Gflops)}, {MarkdownTable.Percent(row.OfPeak)}";
}
