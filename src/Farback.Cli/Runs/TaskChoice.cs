using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Farback.Cli.Commands;
using Farback.Formats;
using Farback.Sequences;

namespace Farback.Cli.Runs;

/// <summary>What is to be learned: from a command line to a task, by way of what run.json keeps of it.</summary>
/// <remarks>The one place that knows where tasks come from: agreement, the other generators, files.</remarks>
internal sealed class TaskChoice
{
    private static readonly string Agree = AgreementTask.Describe().Name;

    private readonly Option<string> _task = CommonOptions.Task();
    private readonly Option<string?> _data = new("--data")
    {
        Description =
            "A file of your own to learn, instead of --task: text, treebank, pairs, labelled sequences, table, .ts; see farback data.",
    };
    private readonly DataKnobs _file = new();
    private readonly GeneratorKnobs _generator = new();

    /// <summary>The knobs of the agreement task.</summary>
    public AgreementKnobs Agreement { get; } = new();

    /// <summary>Adds --task, --data and every task's knobs to a verb.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_task);
        command.Options.Add(_data);
        Agreement.AddTo(command);
        _generator.AddTo(command);
        _file.AddTo(command);
    }

    /// <summary>Whether a file was named.</summary>
    public bool IsData(ParseResult parsed) => parsed.GetValue(_data) is not null;

    /// <summary>The file that was named, or null.</summary>
    public string? DataOf(ParseResult parsed) => parsed.GetValue(_data);

    /// <summary>What was asked for, as run.json keeps it.</summary>
    /// <exception cref="ArgumentException">There is no such task, both a task and a file were named, or a knob is another's.</exception>
    public RunTask Read(ParseResult parsed)
    {
        long? seed = Agreement.Seed(parsed);
        string name = parsed.GetValue(_task)!;
        if (parsed.GetValue(_data) is { } file)
        {
            if (parsed.IsGiven(_task))
                throw new ArgumentException("--data: a file and a --task were named; name one of them.");
            Refuse(Agreement.Turned(parsed) ?? _generator.Turned(parsed), "a file");
            return new(
                Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(file)),
                file,
                HashOf(file),
                KnobsOf(_file.Read(parsed, seed))
            );
        }
        CommonOptions.CheckTask(name);
        Refuse(_file.Turned(parsed), $"the task {name}");
        if (name == Agree)
        {
            Refuse(_generator.Turned(parsed), $"the task {name}");
            return new(name, null, null, KnobsOf(Agreement.Read(parsed)));
        }
        Refuse(Agreement.Turned(parsed), $"the task {name}");
        return new(name, null, null, KnobsOf(_generator.Read(parsed, seed)));
    }

    /// <summary>The task that run.json names.</summary>
    /// <exception cref="ArgumentException">There is no such task, or the file is no longer the one it was.</exception>
    public static LearningTask Open(RunTask task)
    {
        if (task.Data is not null)
        {
            if (HashOf(task.Data) != task.Sha256)
                throw new ArgumentException(
                    $"{task.Data} is not the file the run was begun with: its SHA-256 differs; put that file back, or begin a new run."
                );
            return DataFile.Open(task.Data, task.Knobs.Deserialize<DataOptions>(JsonText.Options));
        }
        CommonOptions.CheckTask(task.Name);
        return task.Name == Agree
            ? new AgreementLearning(task.Knobs.Deserialize<AgreementOptions>(JsonText.Options) ?? new())
            : AllTasks.Make(task.Name, task.Knobs.Deserialize<Dictionary<string, string>>(JsonText.Options) ?? []);
    }

    private static void Refuse(Option? turned, string what)
    {
        if (turned is not null)
            throw new ArgumentException($"{turned.Name} is no knob of {what}; see farback tasks and farback data --help.");
    }

    private static JsonObject KnobsOf<TOptions>(TOptions options) => JsonSerializer.SerializeToNode(options, JsonText.Options)!.AsObject();

    // of a folder: its files' names and contents, in order
    private static string HashOf(string path)
    {
        if (!Directory.Exists(path) && !File.Exists(path))
            throw new FileNotFoundException($"{path}: there is no such file or folder; expected one to read.", path);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        string[] files = Directory.Exists(path) ? [.. Directory.GetFiles(path).Order(StringComparer.Ordinal)] : [path];
        byte[] buffer = new byte[1 << 16];
        foreach (string file in files)
        {
            if (Directory.Exists(path))
                hash.AppendData(System.Text.Encoding.UTF8.GetBytes(Path.GetFileName(file) + "\n"));
            using FileStream stream = File.OpenRead(file);
            for (int read; (read = stream.Read(buffer)) > 0; )
                hash.AppendData(buffer, 0, read);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
