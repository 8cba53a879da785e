using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Farback.Formats;
using Farback.Sequences;

namespace Farback.Cli.Commands;

/// <summary>farback data: what a file is, how it is read, and what is in it.</summary>
internal static class DataCommand
{
    private const int MostLabels = 24;
    private const int MostSteps = 16;

    public static Command Make()
    {
        Argument<string> file = new("file") { Description = "A file, or a folder with one .txt file a class." };
        Option<string?> kind = new("--kind") { Description = $"What it is, where its name and contents do not tell: {Words<DataKind>()}." };
        Option<string?> unit = new("--unit") { Description = $"For text and labelled sequences: {Words<TextUnit>()}." };
        Option<string?> column = new("--column") { Description = "The column of a table to forecast: its name, or its number from 1." };
        Option<string?> validation = new("--validation") { Description = "A file that is the validation part (treebanks, .ts)." },
            test = new("--test") { Description = "A file that is the test part (treebanks, .ts)." };
        Option<int?> window = new("--window") { Description = "Steps of a training sequence cut out of a text or a series." };
        Option<long> seed = CommonOptions.Seed("The seed of the split.");
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "data",
            "Says what a file of data is, how it is read and split, and shows three examples.\n"
                + "Plain text, CoNLL-U treebanks, pairs of sentences (TSV, BLiMP), labelled sequences, tables of numbers, UCR .ts.\n\n"
                + "Example: farback data shakespeare.txt\nExample: farback data prices.csv --column close"
        )
        {
            file,
            kind,
            unit,
            column,
            validation,
            test,
            window,
            seed,
            json,
        };
        command.SetAction(parsed =>
        {
            FileTask task = DataFile.Open(
                parsed.GetRequiredValue(file),
                new DataOptions
                {
                    Kind = Named<DataKind>("--kind", parsed.GetValue(kind)),
                    Unit = Named<TextUnit>("--unit", parsed.GetValue(unit)) ?? TextUnit.Characters,
                    Column = parsed.GetValue(column),
                    ValidationFile = parsed.GetValue(validation),
                    TestFile = parsed.GetValue(test),
                    Window = parsed.GetValue(window),
                    Seed = parsed.GetValue(seed),
                }
            );
            using var open = task as IDisposable;
            Console.WriteLine(
                parsed.GetValue(json) ? JsonSerializer.Serialize(task.Description, JsonText.Options) : Text(task.Description)
            );
            return 0;
        });
        return command;
    }

    private static string Words<T>()
        where T : struct, Enum => string.Join(", ", Enum.GetNames<T>().Select(name => name.ToLowerInvariant()));

    private static T? Named<T>(string option, string? word)
        where T : struct, Enum =>
        word is null ? null
        : Enum.GetNames<T>().FirstOrDefault(name => name.Equals(word, StringComparison.OrdinalIgnoreCase)) is { } name ? Enum.Parse<T>(name)
        : throw new ArgumentException($"{option}: there is no '{word}'; there are {Words<T>()}.");

    private static string Text(FileDescription data)
    {
        StringBuilder text = new();
        LengthSummary lengths = data.Lengths;
        Line(text, "file", data.File);
        Line(text, "kind", $"{data.Kind.ToString().ToLowerInvariant()}. {data.Reading}");
        Line(
            text,
            "lengths",
            lengths.Least == lengths.Most
                ? $"{lengths.Least} {lengths.Of}"
                : $"{lengths.Least} shortest, {lengths.Median} median, {lengths.Most} longest ({lengths.Of})"
        );
        if (data.Words > 0)
            Line(text, "words", $"{data.Words} are told apart");
        if (data.Labels.Count > 0)
        {
            string more = data.Labels.Count > MostLabels ? $", and {data.Labels.Count - MostLabels} more" : "";
            Line(
                text,
                "labels",
                string.Join(", ", data.Labels.Take(MostLabels).Select(label => $"{Visible(label.Label)} {label.Count}")) + more
            );
        }
        Line(
            text,
            "split",
            string.Join(", ", data.Splits.Select(split => $"{split.Split.ToString().ToLowerInvariant()} {split.Count}"))
                + $" ({data.Splits[0].Of})"
        );
        foreach (string fact in data.Facts)
            Line(text, "", $"· {fact}");
        foreach (TaskExample example in data.Examples)
        {
            // the end of a sequence is where its answer is, so that the beginning gives way
            int from = Math.Max(0, example.Input.Count - MostSteps);
            TaskExample shown = new("", [.. example.Input.Skip(from).Select(Visible)], [.. example.Target.Skip(from).Select(Visible)]);
            text.Append(
                CultureInfo.InvariantCulture,
                $"\n{Visible(example.Caption)}{(from > 0 ? $" The last {MostSteps} of {example.Input.Count} steps." : "")}\n  {shown.Aligned().Replace("\n", "\n  ", StringComparison.Ordinal)}\n"
            );
        }
        return text.ToString().TrimEnd();
    }

    private static void Line(StringBuilder text, string name, string what) => text.Append(name.PadRight(9)).Append(what).Append('\n');

    // what comes from a file must not reach into the terminal
    private static string Visible(string text) =>
        string.Concat(text.EnumerateRunes().Select(rune => Rune.IsControl(rune) ? "�" : rune.ToString()));
}
