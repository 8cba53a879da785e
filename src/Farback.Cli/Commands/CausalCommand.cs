using System.CommandLine;
using System.Text.Json;
using Farback.Cli.Runs;
using Farback.Cli.Terminal;
using Farback.Experiments;
using Farback.Gradients;
using Farback.Sequences;

namespace Farback.Cli.Commands;

/// <summary>farback causal: trains on a gradient whose lags are removed or amplified.</summary>
internal static class CausalCommand
{
    public static Command Make()
    {
        var choice = new TaskChoice();
        var network = new NewNetwork(
            CommonOptions.Count("--iterations", "Training steps of each row.", 800),
            rate: 0.02,
            "The first seed."
        );
        Option<int> seeds = CommonOptions.Count("--seeds", "Seeds of each row.", 3);
        Option<double> factor = CommonOptions.Positive("--factor", "How often amplified lags count.", 10);
        Option<int[]> cut = new("--cut")
        {
            Description = "Lags beyond which nothing teaches, one row each; without it a row for the needed lag and one for half of it.",
            AllowMultipleArgumentsPerToken = true,
        };
        Option<double> learned = CommonOptions.Positive("--learned", "The score at which the task counts as learned.", 0.99);
        Option<string?> output = CommonOptions.Markdown();
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "causal",
            "Trains with lags taken out of the gradient, with role one only, with long lags amplified: what teaches it?\nInitial weights and batches are the same in every row.\n\n"
                + "Example: farback causal --task agreement --cell lstm --initial forget=1 --lag 11 --fewest-fillers 0"
        )
        {
            seeds,
            cut,
            factor,
            learned,
            output,
            json,
        };
        network.AddTo(command);
        choice.AddTo(command);
        command.SetAction(
            (parsed, cancel) =>
            {
                LearningTask task = TaskChoice.Open(choice.Read(parsed));
                using var open = task as IDisposable;
                int[] cuts = parsed.GetValue(cut) ?? [];
                if (cuts.Length == 0 && task.NeededLag is null)
                    throw new ArgumentException($"--cut: {task.Name} does not say which lag it needs; name the lags to cut at.");
                if (cuts.Any(lag => lag < 0))
                    throw new ArgumentException($"--cut: expected lags of 0 or more, got {cuts.First(lag => lag < 0)}.");
                double times = parsed.GetValue(factor);
                IReadOnlyList<CausalArm> arms =
                    cuts.Length == 0
                        ? CausalTest.ArmsFor(task.NeededLag!.Value, times)
                        :
                        [
                            new("whole gradient", null),
                            .. cuts.Select(lag => new CausalArm($"lags from {lag + 1} removed", LagWeights.UpTo(lag))),
                            new($"lags from {cuts.Min() + 1} × {times}", LagWeights.Amplified(cuts.Min(), times)),
                        ];
                var test = new CausalTest
                {
                    Task = task,
                    Network = network.For(parsed, task),
                    Initial = network.Initial(parsed),
                    Arms = arms,
                    Seeds = [.. Enumerable.Range(0, parsed.GetValue(seeds)).Select(i => network.Seed(parsed) + i)],
                    Iterations = network.Steps(parsed),
                    Rate = network.Rate(parsed),
                    Learned = parsed.GetValue(learned),
                };
                CausalResult result;
                using (var line = new ProgressLine())
                    result = test.Run(at => line.Report(at.Fraction, at.Message), cancel);
                if (parsed.GetValue(output) is { } path)
                    SafeFile.Write(path, MemoryText.Of(result));
                Console.WriteLine(
                    parsed.GetValue(json)
                        ? JsonSerializer.Serialize(
                            new
                            {
                                task = task.Name,
                                cell = test.Network.Cell.Name,
                                result.Summaries,
                                runs = result.Runs.Select(run => new
                                {
                                    arm = run.Arm,
                                    run.Seed,
                                    run.Score,
                                    run.Scores,
                                    run.LearnedAt,
                                    run.Steps,
                                    history = run.History.Select(look => new { look.Step, look.Score }),
                                    run.Diverged,
                                }),
                            },
                            JsonText.Options
                        )
                        : MemoryText.Of(result)
                );
                return Task.FromResult(ExitCodes.Done);
            }
        );
        return command;
    }
}
