using System.CommandLine;
using System.Text.Json;
using Farback.Cli.Runs;
using Farback.Cli.Terminal;
using Farback.Diagnosis.Spectra;
using Farback.Experiments;
using Farback.Networks;
using Farback.Reports;

namespace Farback.Cli.Commands;

/// <summary>farback spectrum: why the gradient fades, keeps or blows up.</summary>
internal static class SpectrumCommand
{
    public static Command Make()
    {
        var choice = new NetworkChoice();
        Option<int> sequences = CommonOptions.Count("--sequences", "Sequences to walk back through; intervals are over them.", 8);
        Option<int?> lags = new("--lags") { Description = "The largest lag; as far as the sequences go where it is not said." },
            burnIn =
                new("--burn-in")
                {
                    Description = "Steps dropped at the late end before exponents are taken; a fifth where it is not said.",
                };
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "spectrum",
            "Shows why a gradient fades, keeps or blows up: what one step and many steps do to the whole state.\n"
                + "Singular values of products of step Jacobians over lags, Lyapunov exponents with intervals, eigenvalues of W_h beside\n"
                + "the bound and what really arrives, and where the gates are saturated. 1 keeps, below 1 fades, above 1 blows up.\n\n"
                + "Example: farback spectrum --cell elman --initial orthogonal\nExample: farback spectrum --run runs/first"
        )
        {
            sequences,
            lags,
            burnIn,
            json,
        };
        choice.AddTo(command);
        command.SetAction(
            (parsed, cancel) =>
            {
                var options = new SpectrumOptions
                {
                    Sequences = parsed.GetValue(sequences),
                    MaximumLag = Least(parsed.GetValue(lags), "--lags", 1),
                    BurnIn = Least(parsed.GetValue(burnIn), "--burn-in", 0),
                };
                void Show(NetworkSpectrum view) =>
                    Console.Write(
                        parsed.GetValue(json)
                            ? JsonSerializer.Serialize(new { answer = SpectrumText.Answer(view), view }, JsonText.Options) + "\n"
                            : SpectrumPicture.Render(view, Screen.OutHasColour)
                    );
                choice.Open(
                    parsed,
                    (result, task) => Show(SpectrumViews.OfSentences(result, task, options)),
                    (task, network, weights) => Show(SpectrumViews.OfTask(new Model<double>(network, weights), task, options)),
                    cancel
                );
                return Task.FromResult(0);
            }
        );
        return command;
    }

    private static int? Least(int? found, string name, int least) =>
        found < least ? throw new ArgumentException($"{name}: expected {least} or more, got {found}.") : found;
}
