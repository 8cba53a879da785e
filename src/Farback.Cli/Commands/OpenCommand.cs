using System.CommandLine;
using System.Text.Json;
using Farback.Cli.Runs;
using Farback.Formats;
using Farback.Networks;
using Farback.Reports;

namespace Farback.Cli.Commands;

/// <summary>farback open: what is in a file.</summary>
internal static class OpenCommand
{
    public static Command Make()
    {
        Argument<string> file = new("FILE")
        {
            Description = "safetensors, PyTorch (.pt, .pth, .ckpt), npy, npz, ONNX, Keras (.h5, .keras) or Caffe.",
        };
        var knobs = new ModelKnobs();
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "open",
            "Says what is in a model file: cell, sizes, gate order, parameters, and what was guessed.\n"
                + "Nothing of a file is ever run. Where it does not say, the option that decides is named.\n\n"
                + "Example: farback open model.pt\nExample: farback open model.pt --module encoder --activation relu"
        )
        {
            file,
            json,
        };
        knobs.AddTo(command, words: false);
        command.SetAction(parsed =>
        {
            OpenedModel opened = ModelFile.Open(parsed.GetValue(file)!, knobs.Read(parsed));
            if (parsed.GetValue(json))
                Console.WriteLine(JsonSerializer.Serialize(Result(opened), JsonText.Options));
            else
                Print(opened);
            return ExitCodes.Done;
        });
        return command;
    }

    private static object Result(OpenedModel opened) =>
        new
        {
            file = opened.Name,
            opened.Format,
            network = opened.Network is not { } network
                ? null
                : new
                {
                    cell = network.Cell.Name,
                    gates = network.Cell.Gates.Select(gate => gate.Name).Where(name => name.Length > 0),
                    network.Inputs,
                    network.Words,
                    network.Embedding,
                    network.Hidden,
                    network.Layers,
                    network.Bidirectional,
                    network.Outputs,
                    biases = network.Biases.ToString(),
                    parameters = network.ParameterCount,
                    precision = opened.IsDouble ? "double" : "float",
                    blocks = network.Blocks.Select(block => new
                    {
                        block.Name,
                        block.Rows,
                        block.Columns,
                    }),
                },
            findings = opened.Findings.Select(finding => new
            {
                kind = finding.Kind.ToString(),
                finding.Sentence,
                finding.Option,
            }),
            tensors = opened.Tensors,
        };

    private static void Print(OpenedModel opened)
    {
        Console.WriteLine($"{opened.Name}: {opened.Format}, {Say.Count(opened.Tensors.Count, "tensor", "tensors")}.");
        if (opened.Network is { } network)
        {
            Console.WriteLine($"\n{network.Cell.Title}   {network.Cell.Equation}");
            Console.WriteLine(
                $"{(network.Words > 0 ? $"{NumberText.Whole(network.Words)} words in {network.Embedding} numbers" : $"{network.Inputs} inputs")}, "
                    + $"{network.Hidden} units, {Say.Count(network.Layers, "layer", "layers")}{(network.Bidirectional ? ", both directions" : "")}, "
                    + $"{(network.Outputs > 0 ? Say.Count(network.Outputs, "output", "outputs") : "no read-out")}; "
                    + $"{NumberText.Whole(network.ParameterCount)} parameters in {(opened.IsDouble ? "double" : "float")}."
            );
        }
        else
            Console.WriteLine("\nNo recurrent network was opened in it.");
        foreach (FindingKind kind in Enum.GetValues<FindingKind>())
        {
            Finding[] findings = [.. opened.Findings.Where(finding => finding.Kind == kind)];
            if (findings.Length == 0)
                continue;
            Console.WriteLine($"\n{Heading(kind)}");
            foreach (Finding finding in findings)
                Console.WriteLine($"  {finding.Sentence}{(finding.Option is { } option ? $"  [{option}]" : "")}");
        }
        if (opened.Tensors.Count > 0)
            Console.WriteLine("\nTensors");
        foreach (TensorInfo tensor in opened.Tensors)
            Console.WriteLine($"  {tensor with { Name = Shown(tensor.Name) }}");
    }

    private static string Heading(FindingKind kind) =>
        kind switch
        {
            FindingKind.Recognised => "Recognised",
            FindingKind.Guessed => "Guessed [the option that says otherwise]",
            FindingKind.Undecided => "To be decided [by the option]",
            _ => "Outside of the network",
        };

    // a name comes from the file: it must not forge a line
    private static string Shown(string name) => new([.. name.Select(letter => char.IsControl(letter) ? '?' : letter)]);
}
