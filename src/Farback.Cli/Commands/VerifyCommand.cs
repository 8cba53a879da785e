using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Farback.Formats;

namespace Farback.Cli.Commands;

/// <summary>farback verify: does an ONNX model say here what it said where it came from?</summary>
internal static class VerifyCommand
{
    public static Command Make()
    {
        Argument<string> folder = new("DIR") { Description = "A folder with model.onnx and test_data_set_0/input_0.pb …, output_0.pb …" };
        Option<double?> tolerance = new("--tolerance")
        {
            Description =
                $"The largest ‖found − expected‖∞ / ‖expected‖∞; {OnnxTestFolder.InFloat} in float and {OnnxTestFolder.InDouble} in double where it is left out.",
        };
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "verify",
            "Runs an ONNX model on the data beside it and compares every output.\nExit code 0: all agree. 1: one differs. 2: it cannot be run; the node is named.\n\n"
                + "Example: farback verify test_lstm_defaults\nExample: farback verify --tolerance 1e-4 my-model"
        )
        {
            folder,
            tolerance,
            json,
        };
        command.SetAction(
            (parsed, stop) =>
            {
                if (parsed.GetValue(tolerance) is { } allowed && !(allowed >= 0))
                    throw new ArgumentException($"--tolerance: expected a number from 0 up, got {allowed}.");
                IReadOnlyList<OnnxOutputResult> results;
                try
                {
                    results = OnnxTestFolder.Verify(parsed.GetValue(folder)!, parsed.GetValue(tolerance), stop);
                }
                catch (Exception error)
                    when (error is FormatException or NotSupportedException or IOException or UnauthorizedAccessException)
                {
                    Console.Error.WriteLine($"farback: {error.Message}");
                    return Task.FromResult(ExitCodes.Usage);
                }
                bool agree = results.All(result => result.Agrees);
                if (parsed.GetValue(json))
                    Console.WriteLine(JsonSerializer.Serialize(new { agree, outputs = results }, JsonText.Options));
                else
                    foreach (OnnxOutputResult result in results)
                        Console.WriteLine(Line(result));
                return Task.FromResult(agree ? ExitCodes.Done : ExitCodes.Failed);
            }
        );
        return command;
    }

    private static string Line(OnnxOutputResult result)
    {
        string place = $"{result.Set}: {result.Output}";
        if (result.Problem is { } problem)
            return $"{place} differs: {problem}.";
        if (result.Agrees)
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{place} agrees: {result.Count} numbers ({result.Type}), {result.Distance:0.0e+0} apart."
            );
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{place} differs: at [{string.Join(", ", result.Index)}] expected {result.Expected}, found {result.Found}; {result.Distance:0.0e+0} apart, {result.Tolerance:0.0e+0} is allowed."
        );
    }
}
