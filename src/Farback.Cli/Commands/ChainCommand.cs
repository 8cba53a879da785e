using System.CommandLine;
using System.Text.Json;
using Farback.Cli.Runs;
using Farback.Cli.Terminal;
using Farback.Experiments;
using Farback.Networks;
using Farback.Reports;

namespace Farback.Cli.Commands;

/// <summary>farback chain: one entry of the map as a product of real numbers, beside the sums that it is part of.</summary>
internal static class ChainCommand
{
    public static Command Make()
    {
        var choice = new NetworkChoice();
        Option<string?> loss =
                new("--loss")
                {
                    Description =
                        "The step whose error it is: its number, from 1, or its word; the verb, or the last loss, where it is not said.",
                },
            use =
                new("--use")
                {
                    Description = "The step at which the weights were used; the subject, or the needed lag back, where it is not said.",
                };
        Option<string> block = new("--block")
        {
            Description = "Which weights: a block as weight_hh_l0, or a gate of it as weight_hh_l0.f.",
            DefaultValueFactory = _ => ChainViews.Usual,
        };
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "chain",
            "Takes one entry of the map apart: what one word's error asks of the weights at an earlier word, factor by factor, as bars that shrink or grow.\n"
                + "The product is held against the map and against dual numbers; beside it, one weight's gradient is added up by losses and by uses,\n"
                + "and the four-step formula that mixes the two up is put right. Summed or multiplied? Both, and here is what.\n\n"
                + "Example: farback chain --cell elman --loss was --use cat\nExample: farback chain --run runs/first --loss 12 --use 3 --block weight_ih_l0\n"
                + "Example: farback chain --model model.pt --data batch.npz"
        )
        {
            loss,
            use,
            block,
            json,
        };
        choice.AddTo(command);
        command.SetAction(
            (parsed, cancel) =>
            {
                void Show(ChainView view) =>
                    Console.Write(
                        parsed.GetValue(json)
                            ? JsonSerializer.Serialize(new { answer = ChainText.Answer(view), view }, JsonText.Options) + "\n"
                            : ChainPicture.Render(view, Screen.OutHasColour)
                    );
                if (choice.OnBatch(parsed) is { } batch)
                {
                    Show(OfBatch(batch, parsed.GetValue(loss), parsed.GetValue(use), parsed.GetValue(block)!));
                    return Task.FromResult(0);
                }
                choice.Open(
                    parsed,
                    (result, task) =>
                        Show(ChainViews.OfSentence(result, task, parsed.GetValue(loss), parsed.GetValue(use), parsed.GetValue(block)!)),
                    (task, network, weights) =>
                        Show(
                            ChainViews.OfTask(
                                new Model<double>(network, weights),
                                task,
                                parsed.GetValue(loss),
                                parsed.GetValue(use),
                                parsed.GetValue(block)!
                            )
                        ),
                    cancel
                );
                return Task.FromResult(0);
            }
        );
        return command;
    }

    private static ChainView OfBatch(BatchRun batch, string? loss, string? use, string block)
    {
        if (batch.File.LossesAreApart)
            throw new ArgumentException(
                $"{batch.Path}: each loss reads several steps (dL_dh [T, T, B, D·H]), so its entry is a sum of products and no chain; farback map shows it."
            );
        (Trace<double> trace, LossField losses, IReadOnlyList<string> words) = batch.First();
        return ChainViews.OfRun(
            $"{trace.Model.Network.Cell.Title}, {trace.Model.Network.Hidden} units, on {Path.GetFileName(batch.Path)}",
            trace,
            losses,
            words,
            loss,
            use,
            block
        );
    }
}
