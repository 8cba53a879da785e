using System.Text.Json;
using Farback.Cli.Commands;
using Farback.Cli.Terminal;
using Farback.Experiments;
using Farback.Networks;
using Farback.Reports;
using Farback.Sequences;

namespace Farback.Cli.Runs;

/// <summary>farback map of a run, a task or a file: how far back the network looks, on held-out data.</summary>
internal static class RunMap
{
    private const int MostColumns = 60; // what a terminal holds at two characters a step

    /// <summary>Prints the profile of given weights, and the map of one sequence where it fits.</summary>
    public static void Show(LearningTask task, Network network, Parameters<double> weights, string? block, bool share, bool json)
    {
        TaskMap map = TaskMap.Of(new Model<double>(network, weights), task);
        MapQuantity quantity =
            share ? map.Quantities.Share(block ?? "all")
            : block is null ? map.Quantities.Arrives
            : map.Quantities.Size(block);
        if (json)
        {
            var result = new
            {
                task = task.Name,
                map.Label,
                map.Sequences,
                map.Profile,
                map.Shares,
                map.Residual,
                map.Cancellation,
                map.View.Rows,
                map.View.Columns,
                quantity,
            };
            Console.WriteLine(JsonSerializer.Serialize(result, JsonText.Options));
            return;
        }
        Console.WriteLine(
            $"{network.Cell.Title}, {network.Hidden} units, on {task.Name}: {map.Label}, {Say.Count(map.Sequences, "held-out sequence", "held-out sequences")}.\n"
        );
        if (map.View.Columns.Count <= MostColumns)
            Console.WriteLine($"{quantity.Name}: {quantity.Meaning}\n\n{MapText.Render(map.View, quantity, Screen.OutHasColour)}");
        else
            Console.WriteLine($"The sequence of {map.View.Columns.Count} steps is too wide for a terminal: its map is in --json.");
        Console.WriteLine($"{"steps back", 12} {"left of the error", 20} {"10 %", 12} {"90 %", 12}");
        foreach (var point in map.Profile.Points.Where(point => IsShown(point.Lag, map.Profile.Points[^1].Lag)))
            Console.WriteLine(
                $"{point.Lag, 12} {NumberText.Size(point.Log10Typical), 20} {NumberText.Size(point.Log10Low), 12} {NumberText.Size(point.Log10High), 12}"
            );
        string needed = task.NeededLag is { } lag ? $" The task needs {lag} steps." : "";
        Console.WriteLine(
            $"\nHalf-life {Steps(ProfileText.HalfLife(map.Profile))}; a hundredth or more of the error reaches {Steps(ProfileText.Reach(map.Profile.Hundredth))} back.{needed}"
        );
        double far = map.Shares.Where(one => Math.Abs(one.Lag) > 0).Sum(one => one.Share);
        Console.WriteLine(
            $"Share of the update that carries something forward (lag 1 and more): {NumberText.Signed(far)}; κ {NumberText.Signed(map.Cancellation)}."
        );
    }

    private static string Steps(string words) =>
        words.Replace("words", "steps", StringComparison.Ordinal).Replace("word", "step", StringComparison.Ordinal);

    // every lag up to ten, then ever fewer, and the last
    private static bool IsShown(int lag, int last) => lag == last || lag <= 10 || (lag <= 50 ? lag % 5 == 0 : lag % 25 == 0);
}
