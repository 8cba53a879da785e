using System.CommandLine;
using System.Text.Json;
using Farback.Cli.Commands;
using Farback.Cli.Terminal;
using Farback.Experiments;
using Farback.Formats;
using Farback.Gradients;
using Farback.Networks;
using Farback.Reports;
using Farback.Sequences;

namespace Farback.Cli.Runs;

/// <summary>farback map of a trained network: how far back it looks on held-out data of a task, or on somebody else's batch.</summary>
/// <param name="block">The block whose sizes are shown; null for what arrives.</param>
/// <param name="share">Whether shares are shown instead of sizes.</param>
/// <param name="json">Whether the result is JSON.</param>
/// <param name="export">The file that the map is written to, too.</param>
/// <param name="extent">Which part of the map.</param>
/// <param name="cancel">Ends it.</param>
internal sealed class RunMap(string? block, bool share, bool json, string? export, MapExtent extent, CancellationToken cancel)
{
    private const int MostColumns = 60; // what a terminal holds at two characters a step

    /// <summary>The map of given weights on a task.</summary>
    public void Show(LearningTask task, Network network, Parameters<double> weights)
    {
        TaskMap map;
        using (var line = new ProgressLine())
            map = TaskMap.Of(
                new Model<double>(network, weights),
                task,
                extent: extent,
                announce: Announce,
                progress: new Told(done => line.Report(done, "the gradient of the whole sequence, then the rows of its map")),
                cancel: cancel
            );
        Show(map, network, task.Name, task.NeededLag, "held-out sequence", []);
    }

    /// <summary>The map of an opened network on somebody else's batch.</summary>
    public void Show(BatchRun run)
    {
        BatchFile file = run.File;
        Model<double> running = run.Losing();
        List<string> notes = [];
        if (file.RowsAreEntries)
            notes.Add(
                "Only the summed adjoints ∂J/∂h_t are known: a row is not a loss, but the step at which the gradient entered the recurrent layers."
            );
        else if (file.LossesAreApart)
            notes.Add(
                "The losses came with all that they read, ∂L_t/∂h_k: rows are losses, and what arrives at a step came through time or straight from the head."
            );
        else if (file.HasAdjoints)
            notes.Add("The losses came as adjoints of the recurrent output, ∂L_t/∂h_t: the head stayed where it was.");
        if (file.Initial is not null)
            notes.Add("The sequences start from the states in the file (h0), not from the network's own.");
        TaskMap map = TaskMap.Of(running, file.Batch, file.LossesOf, run.Model.InputWords, extent: extent, initial: file.Initial);
        if (file.HasGradient)
        {
            Trace<double> trace = running.Forward(file.Batch, initial: file.Initial);
            _residual = file.ResidualOf(Bptt<double>.Gradient(trace, file.LossesOf(trace)));
            notes.Add(
                _residual is { } distance
                    ? $"Against the gradient in the file: ‖g − g′‖/‖g′‖ = {NumberText.Signed(distance)}."
                    : "The gradient in the file is of no block of this network."
            );
        }
        Show(map, running.Network, Path.GetFileName(run.Path), null, "sequence", notes);
    }

    private double? _residual;

    private void Show(TaskMap map, Network network, string on, int? needed, string sequence, IReadOnlyList<string> notes)
    {
        MapQuantity quantity =
            share ? map.Quantities.Share(block ?? "all")
            : block is null ? map.Quantities.Arrives
            : map.Quantities.Size(block);
        if (export is not null)
        {
            SafeFile.Check(export);
            MapExport.Write(export, map.Map, map.Profile);
        }
        if (json)
        {
            var result = new
            {
                task = on,
                map.Label,
                map.Sequences,
                map.Profile,
                map.Shares,
                map.Residual,
                map.Cancellation,
                map.View.Rows,
                map.View.Columns,
                quantity,
                notes,
                residualAgainstFile = _residual,
            };
            Console.WriteLine(JsonSerializer.Serialize(result, JsonText.Options));
            return;
        }
        Console.WriteLine(
            $"{network.Cell.Title}, {network.Hidden} units, on {on}: {map.Label}, {Say.Count(map.Sequences, sequence, sequence + "s")}.\n"
        );
        foreach (string note in notes)
            Console.WriteLine(note);
        if (map.View.Columns.Count <= MostColumns)
            Console.WriteLine($"{quantity.Name}: {quantity.Meaning}\n\n{MapText.Render(map.View, quantity, Screen.OutHasColour)}");
        else
            Console.WriteLine($"Rows of {map.View.Columns.Count} columns are too wide for a terminal: the map is in --json.");
        Console.WriteLine($"{"steps back", 12} {"left of the error", 20} {"10 %", 12} {"90 %", 12}");
        foreach (var point in map.Profile.Points.Where(point => IsShown(point.Lag, map.Profile.Points[^1].Lag)))
            Console.WriteLine(
                $"{point.Lag, 12} {NumberText.Size(point.Log10Typical), 20} {NumberText.Size(point.Log10Low), 12} {NumberText.Size(point.Log10High), 12}"
            );
        string wanted = needed is { } lag ? $" The task needs {lag} steps." : "";
        Console.WriteLine(
            $"\nHalf-life {Steps(ProfileText.HalfLife(map.Profile))}; a hundredth or more of the error reaches {Steps(ProfileText.Reach(map.Profile.Hundredth))} back.{wanted}"
        );
        double far = map.Shares.Where(one => Math.Abs(one.Lag) > 0).Sum(one => one.Share);
        Console.WriteLine(
            $"Share of the update that carries something forward (lag 1 and more): {NumberText.Signed(far)}; κ {NumberText.Signed(map.Cancellation)}."
        );
    }

    // what is small or quick needs no word
    private static void Announce(long bytes, double flops)
    {
        double seconds = flops / (40e9 * Tiles.Team.Most); // a third of what a core with wide registers does in double
        if (bytes > 500_000_000 || seconds > 3)
            Console.Error.WriteLine(
                string.Create(
                    System.Globalization.CultureInfo.InvariantCulture,
                    $"The map takes about {bytes / 1e9:0.0} GB of memory and {Math.Max(1, seconds):0} s on {Say.Count(Tiles.Team.Most, "thread", "threads")}."
                )
            );
    }

    private static string Steps(string words) =>
        words.Replace("words", "steps", StringComparison.Ordinal).Replace("word", "step", StringComparison.Ordinal);

    // every lag up to ten, then ever fewer, and the last
    private static bool IsShown(int lag, int last) => lag == last || lag <= 10 || (lag <= 50 ? lag % 5 == 0 : lag % 25 == 0);
}
