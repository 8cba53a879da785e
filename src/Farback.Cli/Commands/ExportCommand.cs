using System.CommandLine;
using System.Text.Json;
using Farback.Cli.Runs;
using Farback.Cli.Terminal;
using Farback.Formats;

namespace Farback.Cli.Commands;

/// <summary>farback export: a network for where it runs.</summary>
internal static class ExportCommand
{
    public static Command Make()
    {
        Option<string> model = ModelKnobs.Model();
        var knobs = new ModelKnobs();
        Option<string> format = new("--to") { Description = $"{string.Join(", ", NetworkExport.Formats)}.", Required = true };
        Option<string> place = new("--out") { Description = "The file to write.", Required = true };
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "export",
            "Writes a network for other programs: ONNX, safetensors, PyTorch's names, numpy.\nWhat is written opens again as the same network, bit for bit.\n\n"
                + "Example: farback export --model runs/first --to onnx --out model.onnx"
        )
        {
            model,
            format,
            place,
            json,
        };
        knobs.AddTo(command);
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(place)!;
            SafeFile.Check(path);
            ModelFile file = knobs.Open(parsed, parsed.GetValue(model)!);
            NetworkExport.Write(path, parsed.GetValue(format)!, file);
            long bytes = new FileInfo(path).Length;
            Console.WriteLine(
                parsed.GetValue(json)
                    ? JsonSerializer.Serialize(
                        new
                        {
                            file = path,
                            format = parsed.GetValue(format),
                            bytes,
                            parameters = file.Network.ParameterCount,
                        },
                        JsonText.Options
                    )
                    : $"{path}: {file.Network.ParameterCount} parameters in {bytes} bytes."
            );
            return ExitCodes.Done;
        });
        return command;
    }
}
