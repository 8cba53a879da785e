using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Farback.Cli.Runs;
using Farback.Cli.Terminal;
using Farback.Experiments;
using Farback.Gradients;
using Farback.Reports;
using Farback.Sequences;

namespace Farback.Cli.Commands;

/// <summary>farback map: the gradient resolved in time, of a network on a sentence.</summary>
internal static class MapCommand
{
    public static Command Make()
    {
        var choice = new NetworkChoice();
        Option<string?> block = new("--block")
        {
            Description = "Which weights: all, or a block as weight_hh_l0, or a gate of it as weight_hh_l0.f.",
        };
        Option<string?> export = new("--export")
        {
            Description = "Write the map, its shares and its profile to this file, too: .npz, .safetensors or .csv.",
        };
        Option<int?> window = new("--window") { Description = "The largest lag that is followed back. [all; 256 beyond 1000 steps]" };
        Option<string?> lossTimes = new("--loss-times")
        {
            Description = "The steps whose losses are followed back, as in 500,1000. [all; 64 beyond 1000 steps]",
        };
        Option<bool> share = new("--share") { Description = "Signed shares of the update instead of sizes." };
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "map",
            "Shows the gradient resolved in time: how much of each word's error arrives at each earlier word, or how strongly it pulls at a block of weights.\n\n"
                + "Example: farback map --task agreement --cell elman --lag 11 --block weight_hh_l0\nExample: farback map --run runs/first\n"
                + "Example: farback map --model model.pt --data batch.safetensors --export map.npz"
        )
        {
            block,
            export,
            window,
            lossTimes,
            share,
            json,
        };
        choice.AddTo(command);
        command.SetAction(
            (parsed, cancel) =>
            {
                MapExtent extent = Extent(parsed.GetValue(window), parsed.GetValue(lossTimes));
                var view = new RunMap(
                    parsed.GetValue(block),
                    parsed.GetValue(share),
                    parsed.GetValue(json),
                    parsed.GetValue(export),
                    extent,
                    cancel
                );
                if (choice.OnBatch(parsed) is { } batch)
                {
                    view.Show(batch);
                    return Task.FromResult(0);
                }
                foreach (Option option in (Option[])[window, lossTimes, export])
                    if (choice.IsSentence(parsed) && parsed.IsGiven(option))
                        throw new ArgumentException($"{option.Name}: a sentence of the agreement task is mapped whole; leave it out.");
                choice.Open(
                    parsed,
                    (result, task) => Show(result, task, parsed.GetValue(block), parsed.GetValue(share), parsed.GetValue(json)),
                    view.Show,
                    cancel
                );
                return Task.FromResult(0);
            }
        );
        return command;
    }

    private static MapExtent Extent(int? window, string? lossTimes)
    {
        if (window < 0)
            throw new ArgumentException($"--window: expected 0 steps or more, got {window}.");
        int[]? times = lossTimes
            ?.Split(',')
            .Select(word =>
                int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int step) && step > 0
                    ? step - 1
                    : throw new ArgumentException(
                        $"--loss-times: expected steps from 1 up with commas between, as in 500,1000, got {lossTimes}."
                    )
            )
            .ToArray();
        return new() { Window = window, LossTimes = times };
    }

    private static void Show(AgreementTrialResult result, AgreementTask task, string? block, bool share, bool json)
    {
        SentenceMap map = SentenceMap.Of(result, task);
        MapQuantity quantity =
            block is null && !share ? map.Arrives
            : share ? map.Share(block ?? "all")
            : map.Size(block!);
        if (json)
        {
            Console.WriteLine(
                JsonSerializer.Serialize(
                    new
                    {
                        map.Sentence,
                        map.Cue,
                        map.Verb,
                        map.View.Rows,
                        map.View.Columns,
                        quantity,
                        map.Residual,
                        map.Cancellation,
                        profile = map.Profile,
                    },
                    JsonText.Options
                )
            );
            return;
        }
        Console.WriteLine($"{quantity.Name}: {quantity.Meaning}\n");
        Console.WriteLine(MapText.Render(map.View, quantity, Screen.OutHasColour, map.Verb, map.Cue));
        int at = map.Verb * map.View.Columns.Count + map.Cue;
        Console.WriteLine(
            quantity.Values[at] is null ? MapSentence.Why(quantity.Classes[at]) : MapSentence.Of(map.View, quantity, map.Verb, map.Cue)
        );
        Console.WriteLine(
            $"Half-life: {ProfileText.HalfLife(map.Profile!)}. A hundredth or more of the error reaches {ProfileText.Reach(map.Profile!.Hundredth)} back; the verb needs {map.Verb - map.Cue}."
        );
        Console.WriteLine(
            $"Residual {NumberText.Signed(map.Residual)} (the map's sum against the ordinary gradient), κ {NumberText.Signed(map.Cancellation)}."
        );
    }
}
