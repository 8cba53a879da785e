using System.CommandLine;
using System.Text.Json;
using Farback.Cli.Runs;
using Farback.Cli.Terminal;

namespace Farback.Cli.Commands;

/// <summary>farback prove-resume: kills a training again and again and looks whether anybody could tell.</summary>
internal static class ProveResumeCommand
{
    public static Command Make()
    {
        Option<int> kills = CommonOptions.Count("--kills", "How often a training is killed (kill -9) at a random moment.", 100),
            steps = CommonOptions.Count("--steps", "The steps of a run.", 600);
        Option<long> seed = CommonOptions.Seed("The seed of the moments.");
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "prove-resume",
            "Trains a short run undisturbed, then again with kill -9 at random moments, resuming each time, and compares every file bit for bit.\n\n"
                + "Example: farback prove-resume --kills 100"
        )
        {
            kills,
            steps,
            seed,
            json,
        };
        command.SetAction(
            (parsed, cancel) =>
            {
                string folder = Directory.CreateTempSubdirectory("farback").FullName;
                try
                {
                    KillTrial.Result result;
                    using (var line = new ProgressLine())
                        result = new KillTrial(folder, parsed.GetValue(seed), parsed.GetValue(steps)).Run(
                            parsed.GetValue(kills),
                            line.Report,
                            cancel
                        );
                    Console.WriteLine(
                        parsed.GetValue(json) ? JsonSerializer.Serialize(result, JsonText.Options)
                        : result.Differences.Count == 0
                            ? $"{result.Kills} kills with -9 in {result.Runs} runs of {result.Steps} steps ({result.BeforeCheckpoint} before a first checkpoint, {result.HalfWritten} while a file was being written): every file equal bit for bit to the undisturbed run's."
                        : $"{result.Kills} kills with -9 in {result.Runs} runs: {string.Join("; ", result.Differences)}."
                    );
                    return Task.FromResult(result.Differences.Count == 0 ? ExitCodes.Done : ExitCodes.Failed);
                }
                finally
                {
                    Directory.Delete(folder, recursive: true);
                }
            }
        );
        return command;
    }
}
