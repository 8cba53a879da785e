using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Farback.Cli.Commands;
using Farback.Formats;
using Farback.Sequences;

namespace Farback.Cli.Runs;

/// <summary>What is to be learned: from a command line to a task, by way of what run.json keeps of it.</summary>
/// <remarks>The one place that knows which tasks there are. A new one is a line in <see cref="Read"/> and one in <see cref="Open"/>.</remarks>
internal sealed class TaskChoice
{
    private readonly Option<string> _task = CommonOptions.Task();
    private readonly Option<string?> _data = new("--data") { Description = "A file of your own to learn, instead of --task." };

    /// <summary>The knobs of the agreement task.</summary>
    public AgreementKnobs Agreement { get; } = new();

    /// <summary>Adds --task, --data and every task's knobs to a verb.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_task);
        command.Options.Add(_data);
        Agreement.AddTo(command);
    }

    /// <summary>Whether a file was named.</summary>
    public bool IsData(ParseResult parsed) => parsed.GetValue(_data) is not null;

    /// <summary>What was asked for, as run.json keeps it.</summary>
    /// <exception cref="ArgumentException">There is no such task, or both a task and a file were named.</exception>
    public RunTask Read(ParseResult parsed)
    {
        if (parsed.GetValue(_data) is { } file)
        {
            if (parsed.GetResult(_task) is { Implicit: false })
                throw new ArgumentException("--data: a file and a --task were named; name one of them.");
            return new(Path.GetFileNameWithoutExtension(file), file, HashOf(file), []);
        }
        string name = parsed.GetValue(_task)!;
        CommonOptions.CheckTask(name);
        return new(name, null, null, KnobsOf(Agreement.Read(parsed)));
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
            throw new NotSupportedException($"{task.Data}: files of one's own cannot be read yet; use --task.");
        }
        CommonOptions.CheckTask(task.Name);
        return new AgreementAdapter(task.Knobs.Deserialize<AgreementOptions>(JsonText.Options) ?? new());
    }

    private static JsonObject KnobsOf<TOptions>(TOptions options) => JsonSerializer.SerializeToNode(options, JsonText.Options)!.AsObject();

    private static string HashOf(string file)
    {
        using FileStream stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
