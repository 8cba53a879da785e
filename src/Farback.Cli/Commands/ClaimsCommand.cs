using System.CommandLine;
using System.Text.Json;
using Farback.Cli.Terminal;
using Farback.Experiments;
using Farback.Reports;
using Farback.Ui;

namespace Farback.Cli.Commands;

/// <summary>farback claims: the seven claims, each with the number that decides it.</summary>
internal static class ClaimsCommand
{
    public static Command Make()
    {
        Option<int> seeds = CommonOptions.Count("--seeds", "Trainings of each network; a verdict needs two.", 5);
        Option<long> seed = CommonOptions.Seed("The first seed.");
        Option<bool> quick = new("--quick") { Description = "Two seeds and short trainings: a look, not an answer." };
        Option<string?> output = CommonOptions.Markdown(),
            page = new("--report") { Description = "A file to write the page to (HTML)." };
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "claims",
            "Answers seven claims about the vanishing gradient, each by a rule, on networks that it trains for that.\n"
                + "The question: \"explain how vanishing gradient problem works, in the context of RNN's\".\n\n"
                + "Example: farback claims --report claims.html"
        )
        {
            seeds,
            seed,
            quick,
            output,
            page,
            json,
        };
        command.SetAction(
            async (parsed, cancel) =>
            {
                string?[] places = [parsed.GetValue(output), parsed.GetValue(page)];
                foreach (string place in places.OfType<string>())
                    SafeFile.Check(place);
                bool isQuick = parsed.GetValue(quick);
                int count = isQuick ? 2 : parsed.GetValue(seeds);
                var study = new ClaimsStudy
                {
                    Seeds = [.. Enumerable.Range(0, count).Select(i => parsed.GetValue(seed) + i)],
                    Iterations = isQuick ? 300 : new ClaimsStudy().Iterations,
                    Clock = TimeProvider.System,
                };
                ClaimsReport report;
                using (var line = new ProgressLine())
                    report = study.Run(Command(parsed.GetValue(seed), count, isQuick), at => line.Report(at.Fraction, at.Message), cancel);
                if (parsed.GetValue(output) is { } text)
                    SafeFile.Write(text, ClaimsMarkdown.Of(report));
                if (parsed.GetValue(page) is { } html)
                    SafeFile.Write(html, await HtmlReport.RenderAsync(report));
                Console.Out.Write(
                    parsed.GetValue(json) ? JsonSerializer.Serialize(report, JsonText.Options) + "\n" : ClaimsMarkdown.Of(report)
                );
                if (parsed.GetValue(page) is { } written)
                    Console.Error.WriteLine($"\nEvery picture: {written}");
                return ExitCodes.Done;
            }
        );
        return command;
    }

    private static string Command(long first, int count, bool quick) =>
        "farback claims"
        + (
            quick ? " --quick"
            : count == 5 ? ""
            : $" --seeds {count}"
        )
        + (first == 1 ? "" : $" --seed {first}");
}
