using System.CommandLine;
using Farback.Bench;
using Farback.Cells;
using Farback.Cli.Measuring;
using Farback.Cli.Terminal;

// Measures this library, alone or against its peers, and fills the tables of docs/performance.md.
//   dotnet run -c Release --project bench/Farback.Bench -- --help

Option<int[]> threads = Many("--threads", "Numbers of threads.", 1, 2);
Option<string[]> cells = Many("--cells", "Cells; see farback cells.", "elman", "lstm", "gru");
Option<Shape[]> shapes = new("--shapes")
{
    Description = "Sizes T,B,I,H, such as 100,32,64,128. [default: the listed ones]",
    AllowMultipleArgumentsPerToken = true,
    CustomParser = result => [.. result.Tokens.Select(token => Shape.Parse(token.Value, null))],
};
Option<double> seconds = new("--seconds") { Description = "About how long a line is repeated.", DefaultValueFactory = _ => 0.3 },
    longest =
        new("--longest") { Description = "A line whose repeat would take longer is left out, seconds.", DefaultValueFactory = _ => 5 };
Option<int> rounds = new("--rounds") { Description = "How often ours and the peers' take turns.", DefaultValueFactory = _ => 3 };
Option<string> folder = new("--peers")
{
    Description = "The folder of the peers' programs.",
    DefaultValueFactory = _ => Peers.DefaultFolder,
};
Option<string> page = new("--page")
{
    Description = "The page whose tables are replaced; the picture is written beside it.",
    DefaultValueFactory = _ => Path.Combine(Repository.Root, "docs", "performance.md"),
};
Option<string> picture = new("--out") { Description = "The picture.", DefaultValueFactory = _ => "growth.svg" };
Option<bool> json = new("--json") { Description = "Print a line of JSON for every measurement instead of a table." };

var machine = new Command("machine", "The machine and its peak, by width and threads.") { threads };
machine.SetAction(parsed => Console.Write(MachineTable.Of(parsed.GetValue(threads)!)));

// what both ours alone and ours beside the peers are measured on
Option[] measured = [cells, shapes, threads, seconds, longest];

Option<string[]> work = Many("--what", "Kinds of work.", [.. Runs.KernelNames, "step", "step+dx", "map"]);
Command table = Verb("table", "Ours alone.", [work, .. measured, json]);
On(table, (parsed, cancel) => Show(parsed, Alone(parsed, parsed.GetValue(work)!, cancel), Runs.Table));

Option<string[]> turns = Some("--what", "Kinds of work: steps (with and without dx), maps.", "steps", "maps");
Command peers = Verb("peers", "Ours, PyTorch and oneDNN in turns.", [turns, folder, rounds, .. measured, json]);
On(
    peers,
    (parsed, cancel) => Show(parsed, parsed.GetValue(turns)!.SelectMany(kind => InTurns(parsed, kind == "maps", cancel)), Comparison.Tables)
);

Argument<string> file = new("file") { Description = "Lines of JSON that peers --json printed." };
var compare = new Command("compare", "The tables of lines that were kept.") { file };
compare.SetAction(parsed => Console.Write(Comparison.Tables(Lines.ReadAll(parsed.GetValue(file)!))));

var growth = new Command("growth", "How cost grows with steps, lanes, units and loss times: a picture.") { cells, seconds, picture };
On(growth, (parsed, cancel) => Draw(parsed, parsed.GetValue(picture)!, cancel));

Option<string[]> tables = Some("--what", "Some of it only.", "machine", "kernels", "steps", "maps", "growth");
Command everything = Verb(
    "page",
    "Every table and the picture of docs/performance.md, in one go.",
    [tables, folder, rounds, .. measured, page]
);
On(
    everything,
    (parsed, cancel) =>
    {
        string path = parsed.GetValue(page)!,
            text = File.ReadAllText(path);
        string[] wanted = parsed.GetValue(tables)!;
        if (wanted.Contains("machine"))
            Replace("machine", MachineTable.Of(parsed.GetValue(threads)!));
        if (wanted.Contains("kernels"))
            Replace("kernels", Runs.Table([.. Alone(parsed, Runs.KernelNames, cancel)]));
        if (wanted.Contains("steps"))
        {
            Row[] steps = [.. InTurns(parsed, maps: false, cancel)];
            Replace("steps", Comparison.Table(steps, "step"));
            Replace("steps with dx", Comparison.Table(steps, "step+dx"));
        }
        if (wanted.Contains("maps"))
        {
            Row[] maps = [.. InTurns(parsed, maps: true, cancel)];
            Replace("maps", Comparison.Table(maps, "map W_h"));
            Replace("maps of all blocks", Comparison.AllBlocks(maps));
        }
        if (wanted.Contains("growth"))
            Draw(parsed, Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "growth.svg"), cancel);

        // each table as soon as it is there: what is measured is kept
        void Replace(string name, string measured)
        {
            text = Page.Replace(text, name, measured);
            SafeFile.Write(path, text);
        }
    }
);

var root = new RootCommand("How fast Farback is: alone, against the machine's peak, and against PyTorch and oneDNN.")
{
    machine,
    table,
    peers,
    compare,
    growth,
    everything,
};
using var stop = new StopSignals();
try
{
    return await root.Parse(args)
        .InvokeAsync(new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, stop.Token);
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("cancelled.");
    return 130;
}
catch (Exception error) when (error is ArgumentException or FormatException or IOException or NotSupportedException)
{
    Console.Error.WriteLine(error.Message);
    return 1;
}

static Command Verb(string name, string description, Option[] options)
{
    var verb = new Command(name, description);
    foreach (Option option in options)
        verb.Options.Add(option);
    return verb;
}

// a measurement runs on this thread; Ctrl-C reaches it between two repeats
static void On(Command command, Action<ParseResult, CancellationToken> run) =>
    command.SetAction(
        (parsed, cancel) =>
        {
            run(parsed, cancel);
            return Task.FromResult(0);
        }
    );

IEnumerable<Row> Alone(ParseResult parsed, IReadOnlyList<string> kinds, CancellationToken cancel) =>
    from many in Usable(parsed)
    from what in kinds
    from row in Runs.Measure(
        Runs.Of(what, CellsOf(parsed), ShapesOf(parsed, Shape.Listed), many),
        parsed.GetValue(seconds),
        parsed.GetValue(longest),
        cancel
    )
    select row;

IEnumerable<Row> InTurns(ParseResult parsed, bool maps, CancellationToken cancel)
{
    List<Peers.Peer> found = Peers.Find(parsed.GetValue(folder)!, maps, cancel);
    IReadOnlyList<Shape> listed = ShapesOf(parsed, maps ? [.. Shape.Listed.Union(Shape.Mapped)] : Shape.Listed);
    string[] kinds = maps ? ["map"] : ["step", "step+dx"];
    return from many in Usable(parsed)
        from row in Comparison.Rounds(
            [.. kinds.SelectMany(what => Runs.Of(what, CellsOf(parsed), listed, many))],
            found,
            parsed.GetValue(rounds),
            parsed.GetValue(seconds),
            parsed.GetValue(longest),
            many,
            cancel
        )
        select row;
}

void Draw(ParseResult parsed, string path, CancellationToken cancel) =>
    SafeFile.Write(path, GrowthPicture.Of([.. Growth.Measure([.. CellsOf(parsed)], 1, parsed.GetValue(seconds), cancel)]));

void Show(ParseResult parsed, IEnumerable<Row> rows, Func<IReadOnlyList<Row>, string> tables)
{
    if (!parsed.GetValue(json))
    {
        Console.Write(tables([.. rows]));
        return;
    }
    foreach (Row row in rows)
        Console.WriteLine(Lines.Write(row));
}

IEnumerable<int> Usable(ParseResult parsed)
{
    foreach (int many in parsed.GetValue(threads)!)
    {
        if (many <= Workload.MostThreads)
            yield return many;
        else
            Console.Error.WriteLine($"left out: {many} threads; a model runs on {Workload.MostThreads}.");
    }
}

IEnumerable<Cell> CellsOf(ParseResult parsed) => parsed.GetValue(cells)!.Select(Farback.Cli.Commands.CommonOptions.CellOf);

IReadOnlyList<Shape> ShapesOf(ParseResult parsed, IReadOnlyList<Shape> listed) =>
    parsed.GetValue(shapes) is { Length: > 0 } given ? given : listed;

static Option<T[]> Many<T>(string name, string description, params T[] values) =>
    new(name)
    {
        Description = description,
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => values,
    };

// all of them unless told
static Option<string[]> Some(string name, string description, params string[] values)
{
    Option<string[]> option = Many(name, description, values);
    option.AcceptOnlyFromAmong(values);
    return option;
}
