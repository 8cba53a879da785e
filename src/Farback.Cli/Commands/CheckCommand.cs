using System.CommandLine;
using System.Reflection;
using System.Text.Json;
using Farback.Cells;
using Farback.Diagnosis;
using Farback.Experiments;
using Farback.Formats;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Cli.Commands;

/// <summary>farback check: every law on a cell, the library's or one's own.</summary>
internal static class CheckCommand
{
    public static Command Make()
    {
        Option<string[]> cells = new("--cell")
        {
            Description = "The cells to check; all where none is named.",
            AllowMultipleArgumentsPerToken = true,
        };
        Option<string?> assembly = new("--assembly")
        {
            Description = "An assembly of your own: every Cell in it with a public constructor is checked. Its code is run.",
        };
        Option<int?> hidden = new("--hidden")
        {
            Description = "Check a whole network of so many units on the agreement task, not the cell alone.",
        };
        Option<int> layers = CommonOptions.Count("--layers", "Its layers.", 1),
            lag = CommonOptions.Count("--lag", "Its sentences' lag.", 11);
        Option<bool> bidirectional = new("--bidirectional") { Description = "Whether its layers run both ways." };
        Option<string?> course = new("--course")
        {
            Description = "Check your own numbers of the course exercise instead: a JSON file as docs/course.md writes it.",
        };
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "check",
            "Holds a cell, the library's or your own, against every law and prints each number.\nIts vector–Jacobian product against dual numbers, the gradient against finite differences,\n"
                + "single entries of the map at every lag, the map's sum, padding, float32 against float64.\n\n"
                + "Example: farback check --cell lstm gru\nExample: farback check --cell gru --hidden 24 --layers 2 --bidirectional\nExample: farback check --course mine.json"
        )
        {
            cells,
            assembly,
            hidden,
            layers,
            bidirectional,
            lag,
            course,
            json,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(course) is { } file)
            {
                if (
                    new Option[] { cells, assembly, hidden, layers, lag, bidirectional }.FirstOrDefault(option => parsed.IsGiven(option)) is
                    { } other
                )
                    throw new ArgumentException($"--course: {other.Name} is about the library's cells; say one of the two.");
                return Course(file, parsed.GetValue(json));
            }
            if (parsed.GetValue(hidden) is null && new Option[] { layers, lag, bidirectional }.Any(parsed.IsGiven))
                throw new ArgumentException("--layers, --bidirectional and --lag are about a whole network: say --hidden too.");
            IReadOnlyList<Cell> chosen =
                parsed.GetValue(assembly) is { } path ? Own(path)
                : parsed.GetValue(cells) is { Length: > 0 } names ? [.. names.Select(CommonOptions.CellOf)]
                : AllCells.List;
            var results = chosen
                .Select(cell =>
                    (
                        cell,
                        laws: parsed.GetValue(hidden) is { } units
                            ? Network(cell, units, parsed.GetValue(layers), parsed.GetValue(bidirectional), parsed.GetValue(lag))
                            : CellLaws.Check(cell)
                    )
                )
                .ToArray();
            if (parsed.GetValue(json))
            {
                Console.WriteLine(
                    JsonSerializer.Serialize(results.Select(result => new { cell = result.cell.Name, result.laws }), JsonText.Options)
                );
            }
            else
            {
                foreach ((Cell cell, IReadOnlyList<LawResult> laws) in results)
                {
                    Console.WriteLine($"{cell.Title}   {cell.Equation}");
                    foreach (LawResult law in laws)
                        Console.WriteLine($"  {law}");
                }
                Console.WriteLine(
                    results.All(result => result.laws.All(law => law.Holds))
                        ? "Every law holds."
                        : "Some laws fail: see the lines marked FAILS."
                );
            }
            return results.All(result => result.laws.All(law => law.Holds)) ? 0 : 1;
        });
        return command;
    }

    // a student's arrays: 0 where they are right, 1 with the first wrong entry
    private static int Course(string path, bool json)
    {
        CourseFile file = CourseFile.Read(path);
        CourseCheck check = CourseCheck.Of(file.Function, file.Inputs, file.Student);
        Console.WriteLine(json ? JsonSerializer.Serialize(check, JsonText.Options) : check.ToString());
        return check.Agrees ? ExitCodes.Done : ExitCodes.Failed;
    }

    // a whole network as it starts, on sentences it would be trained on
    private static IReadOnlyList<LawResult> Network(Cell cell, int hidden, int layers, bool bidirectional, int lag)
    {
        if (hidden < 1)
            throw new ArgumentException($"--hidden: expected 1 or more, got {hidden}.");
        var task = new AgreementTask(
            new AgreementOptions
            {
                Fillers = new AgreementOptions().FillersForLag(lag),
                Nouns = 4,
                Adjectives = 8,
                TestSentences = 4,
            }
        );
        var network = new Network
        {
            Cell = cell,
            Words = task.Vocabulary.InputWords.Count,
            Embedding = Math.Min(hidden, 16),
            Hidden = hidden,
            Layers = layers,
            Bidirectional = bidirectional,
            Outputs = task.Vocabulary.OutputWords.Count,
        };
        return ModelLaws.Check(
            network,
            Initial.Default.Draw(network, seed: 1),
            AgreementTask.BatchOf(task.Test),
            new SoftmaxCrossEntropy(),
            Reduction.Mean
        );
    }

    private static Cell[] Own(string path)
    {
        if (!File.Exists(path))
            throw new ArgumentException($"--assembly: there is no file {path}.");
        Cell[] found;
        try
        {
            found =
            [
                .. Assembly
                    .LoadFrom(Path.GetFullPath(path))
                    .GetTypes()
                    .Where(type => type.IsSubclassOf(typeof(Cell)) && !type.IsAbstract && type.GetConstructor(Type.EmptyTypes) is not null)
                    .Select(type => (Cell)Activator.CreateInstance(type)!),
            ];
        }
        catch (Exception error)
            when (error is BadImageFormatException or FileLoadException or ReflectionTypeLoadException or TargetInvocationException)
        {
            throw new FormatException(
                $"--assembly: {path} is no assembly that can be loaded with its references: {error.Message.ReplaceLineEndings(" ")}",
                error
            );
        }
        return found.Length > 0
            ? found
            : throw new ArgumentException(
                $"--assembly: {path} has no class that is a Cell and has a public constructor without arguments."
            );
    }
}
