using System.CommandLine;
using System.Text.Json;
using Farback.Cli.Runs;
using Farback.Cli.Terminal;
using Farback.Experiments;

namespace Farback.Cli.Commands;

/// <summary>farback memory: what of the past a network retains, where, and whether it uses it.</summary>
internal static class MemoryCommand
{
    public static Command Make()
    {
        var choice = new NetworkChoice("asked", steps: 1000);
        Option<int> sequences = CommonOptions.Count("--sequences", "Held-out sequences to ask at most.", 256, 4),
            refit = CommonOptions.Count("--refit", "Training steps of each half alone; 0 for none.", 400, 0);
        Option<int?> needed = new("--needed-lag") { Description = "The lag that the answer needs, where the task does not say." };
        Option<string?> output = CommonOptions.Markdown();
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "memory",
            "Says what of the past a network retains, in which part of its state, and whether it uses it.\nInputs exchanged by lag, states exchanged between paired sequences, probes with controls, units silenced,\n"
                + "each half trained on alone; then one decision: not retained, not read out, hidden by the output gate, never learned.\n\n"
                + "Example: farback memory --task agreement --cell lstm --lag 7 --train 1000\nExample: farback memory --run runs/first"
        )
        {
            sequences,
            refit,
            needed,
            output,
            json,
        };
        choice.AddTo(command);
        command.SetAction(
            (parsed, cancel) =>
            {
                using TaskNetwork target = choice.OfTask(parsed, cancel);
                var options = new MemoryStudyOptions
                {
                    Sequences = parsed.GetValue(sequences),
                    RefitSteps = parsed.GetValue(refit),
                    NeededLag = parsed.GetValue(needed),
                    Seed = choice.Seed(parsed),
                };
                MemoryStudy study;
                using (var line = new ProgressLine())
                    study = MemoryStudy.Of(
                        target.Network,
                        target.Weights,
                        target.Untrained,
                        target.Task,
                        options,
                        at => line.Report(at.Fraction, at.Message),
                        cancel
                    );
                if (parsed.GetValue(output) is { } place)
                    SafeFile.Write(place, MemoryText.Of(study));
                Console.WriteLine(parsed.GetValue(json) ? JsonSerializer.Serialize(study, JsonText.Options) : MemoryText.Of(study));
                return Task.FromResult(ExitCodes.Done);
            }
        );
        return command;
    }
}
