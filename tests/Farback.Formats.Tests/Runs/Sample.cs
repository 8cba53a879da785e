using Farback.Cells;
using Farback.Networks;
using Farback.Training;

namespace Farback.Formats.Tests.Runs;

/// <summary>A small run to write and read.</summary>
internal static class Sample
{
    public static Network Network { get; } =
        new()
        {
            Cell = AllCells.Gru,
            Inputs = 2,
            Hidden = 3,
            Outputs = 2,
        };

    public static HistoryRow Row(long step) =>
        new(step, 1.0 / 3 / step, double.NaN, 1e-300, 0.1, [new("accuracy", 0.1 + 0.2), new("loss, \"squared\"", double.PositiveInfinity)]);

    public static WatchRow Look(long step) =>
        new(
            step,
            [0, 3],
            [1, 5, 6],
            7,
            2,
            [new(0, 0, 0, 0, 0, 8), new(1, -1.0 / 3, double.NegativeInfinity, 0.1 + 0.2, 1e-300, 8)],
            new(0.1, 1, AtLeast: true, null, null, 2),
            new(0.01, null, AtLeast: false, 0, null, null) { IsMeasured = false },
            new(0.5, 0.1 + 0.2, 0.7),
            [new(0, 0, new(double.NaN, null, null)), new(1, 1, new(0.5, 0.25, 0.75))],
            new(1.5, 1, 2),
            true
        );

    public static TrainingState<double> State(long step) =>
        new()
        {
            Step = step,
            Parameters = [.. Enumerable.Range(0, Network.ParameterCount).Select(i => Math.Sqrt(i + step))],
            Optimiser = [("exp_avg", [1, -0.0, double.Epsilon]), ("exp_avg_sq", [])],
            OptimiserSteps = step + 1,
            Dropout = [ulong.MaxValue, 0, 1, 0x8000000000000001],
            Batches = [1, 2, 3, 4],
            Position = long.MaxValue,
            Carried = [0.5, double.MinValue],
            CarriedLanes = 1,
            Best = [.. Enumerable.Range(0, Network.ParameterCount).Select(i => -1.0 / (i + 1))],
            BestScore = 0.1 + 0.2,
            BestStep = 2,
            Stale = 1,
            Sums = [Math.PI, double.NaN, 0],
            Summed = 3,
            History = [.. Enumerable.Range(1, (int)step).Select(at => Row(at))],
        };

    public static RunDescription Description { get; } =
        new(
            RunDescription.FormatName,
            RunDescription.CurrentVersion,
            new("recall", null, null, new() { ["lag"] = 5 }),
            RunNetwork.Of(Network),
            new("default", "adam", 0.01, "constant", 0, 1, 8, 100, null, null, 10, 10, 0),
            1,
            "float64",
            "256",
            1,
            RunState.Running,
            ["le", "\u0000", "«é»"],
            []
        );
}
