using System.CommandLine;
using Farback.Cli.Terminal;
using Farback.Experiments;
using Farback.Reports;
using Farback.Ui;

namespace Farback.Cli.Commands;

/// <summary>farback demo: can "was" still teach "cat"?</summary>
internal static class DemoCommand
{
    public static Command Make()
    {
        var output = new Option<string>("--output", "-o")
        {
            Description = "The report's file.",
            DefaultValueFactory = _ => "farback-report.html",
        };
        var seeds = CommonOptions.Count("--seeds", "Trainings of each network.", 3);
        var markdown = new Option<string?>("--markdown") { Description = "Also write the report as Markdown to this file." };
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "demo",
            "Trains an Elman network and an LSTM on \"The cat, being gray and happy …, was hungry\" and answers: can \"was\" still teach \"cat\"?\n"
                + "The answer comes here and, with every picture, in farback-report.html.\n\nExample: farback demo"
        )
        {
            output,
            seeds,
            markdown,
            json,
        };
        command.SetAction(
            async (parsed, cancel) =>
            {
                string path = parsed.GetValue(output)!;
                SafeFile.Check(path);
                if (parsed.GetValue(markdown) is { } place)
                    SafeFile.Check(place);
                Report report;
                using (var line = new ProgressLine())
                {
                    var demo = new AgreementDemo { Seeds = [.. Enumerable.Range(1, parsed.GetValue(seeds)).Select(seed => (long)seed)] };
                    report = demo.Run(
                        parsed.GetValue(seeds) == 3 ? "farback demo" : $"farback demo --seeds {parsed.GetValue(seeds)}",
                        at => line.Report(at.Fraction, at.Message),
                        cancel
                    );
                }
                SafeFile.Write(path, await HtmlReport.RenderAsync(report));
                if (parsed.GetValue(markdown) is { } text)
                    SafeFile.Write(text, MarkdownReport.Render(report));
                Console.Out.Write(
                    parsed.GetValue(json) ? ReportJson.Write(report) + "\n" : TerminalReport.Render(report, Screen.OutHasColour)
                );
                Console.Error.WriteLine($"\nEvery picture: {path}");
                return 0;
            }
        );
        return command;
    }
}
