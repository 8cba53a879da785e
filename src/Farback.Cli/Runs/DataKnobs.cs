using System.CommandLine;
using Farback.Cli.Commands;
using Farback.Formats;

namespace Farback.Cli.Runs;

/// <summary>How a file is to be read, on a command line.</summary>
internal sealed class DataKnobs
{
    private readonly Option<DataKind?> _kind = new("--kind") { Description = "What the file is, where its name and contents do not tell." };
    private readonly Option<TextUnit> _unit = new("--unit") { Description = "Characters or words, for text and labelled sequences." };
    private readonly Option<string?> _column = new("--column")
    {
        Description = "The column of a table to forecast: its name, or its number from 1.",
    };
    private readonly Option<string?> _validation = new("--validation-file")
    {
        Description = "A file that is the validation part (treebanks, .ts).",
    };
    private readonly Option<string?> _test = new("--test-file") { Description = "A file that is the test part (treebanks, .ts)." };
    private readonly Option<int?> _window = new("--window") { Description = "Steps of a training sequence cut out of a text or a series." };
    private readonly Option<bool> _contiguous = new("--contiguous")
    {
        Description = "Read a text in order, each lane going on where it ended: for truncated backpropagation.",
    };

    private Option[] All => [_kind, _unit, _column, _validation, _test, _window, _contiguous];

    /// <summary>Adds the knobs to a verb.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in All)
            command.Options.Add(option);
    }

    /// <summary>The first that was turned, or null.</summary>
    public Option? Turned(ParseResult parsed) => All.FirstOrDefault(parsed.IsGiven);

    /// <summary>The options that were asked for.</summary>
    public DataOptions Read(ParseResult parsed, long? seed) =>
        new()
        {
            Kind = parsed.GetValue(_kind),
            Unit = parsed.GetValue(_unit),
            Column = parsed.GetValue(_column),
            ValidationFile = parsed.GetValue(_validation),
            TestFile = parsed.GetValue(_test),
            Window = parsed.GetValue(_window),
            Contiguous = parsed.GetValue(_contiguous),
            Seed = seed ?? 1,
        };
}
