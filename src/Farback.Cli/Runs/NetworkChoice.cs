using System.CommandLine;
using Farback.Cli.Commands;
using Farback.Cli.Terminal;
using Farback.Experiments;
using Farback.Formats;
using Farback.Networks;
using Farback.Reports;
using Farback.Sequences;

namespace Farback.Cli.Runs;

/// <summary>A network to look into, on a command line: a run's, a model file's, or a new one on a task or file, trained a little or not at all.</summary>
/// <param name="looked">What the verb does to the network once it is trained.</param>
/// <param name="steps">Training steps where none are given.</param>
/// <param name="run">What the verb takes of a run's folder.</param>
internal sealed class NetworkChoice(
    string looked = "looked at",
    int steps = 0,
    string run = "A trained run's folder: its network, on held-out data of its own task."
)
{
    private readonly TaskChoice _choice = new();
    private readonly NewNetwork _new = new(
        CommonOptions.Count("--train", $"Training steps before it is {looked}; 0 for the initial weights.", steps, 0)
    );
    private readonly Option<string?> _run = new("--run") { Description = run };
    private readonly Option<string?> _model = ModelKnobs.ModelOrNone();
    private readonly ModelKnobs _knobs = new();

    /// <summary>Adds every option to a verb.</summary>
    public void AddTo(Command command)
    {
        _new.AddTo(command);
        command.Options.Add(_run);
        command.Options.Add(_model);
        _choice.AddTo(command);
        _knobs.AddTo(command);
    }

    /// <summary>The seed.</summary>
    public long Seed(ParseResult parsed) => _new.Seed(parsed);

    /// <summary>The seed, where it was given.</summary>
    public long? SeedGiven(ParseResult parsed) => _new.SeedGiven(parsed);

    /// <summary>How many steps a new network is trained.</summary>
    public int Steps(ParseResult parsed) => _new.Steps(parsed);

    /// <summary>The run's folder, where one was named; else null.</summary>
    public string? OfRun(ParseResult parsed) => parsed.GetValue(_run);

    /// <summary>The opened network and the batch file to run it on, where these were named; else null.</summary>
    public BatchRun? OnBatch(ParseResult parsed) =>
        parsed.GetValue(_model) is { } file && Batch(parsed) is { } data ? BatchRun.Of(_knobs.Open(parsed, file), data) : null;

    /// <summary>The opened network and the task or file that it is to answer, where a model was named; else null.</summary>
    /// <exception cref="ArgumentException">The file is a batch file.</exception>
    public (ModelFile Model, LearningTask Task)? OnTask(ParseResult parsed)
    {
        if (parsed.GetValue(_model) is not { } file)
            return null;
        if (Batch(parsed) is not null)
            throw new ArgumentException("--data: a batch file has no task; farback map, chain, diagnose and predict read it.");
        return (_knobs.Open(parsed, file), TaskChoice.Open(_choice.Read(parsed)));
    }

    /// <summary>A new network after its steps on the task or file.</summary>
    public TaskNetwork Train(ParseResult parsed, CancellationToken cancel) =>
        _new.Train(parsed, TaskChoice.Open(_choice.Read(parsed)), cancel);

    /// <summary>The network that was asked for, with its task.</summary>
    public TaskNetwork OfTask(ParseResult parsed, CancellationToken cancel) =>
        OfRun(parsed) is { } folder ? TaskNetwork.OfRun(folder)
        : OnTask(parsed) is var (model, task) ? TaskNetwork.OfModel(model, task)
        : Train(parsed, cancel);

    /// <summary>Makes the network that was asked for, and hands it on.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="sentences">Where it is on the agreement task, which has a sentence of its own.</param>
    /// <param name="sequences">Where it is on any other task or file, or a run's; the task is closed afterwards.</param>
    /// <param name="cancel">Ends the training.</param>
    public void Open(
        ParseResult parsed,
        Action<AgreementTrialResult, AgreementTask> sentences,
        Action<LearningTask, Network, Parameters<double>> sequences,
        CancellationToken cancel
    )
    {
        if (IsSentence(parsed))
        {
            AgreementTrialResult result = Train(_new.Trial(parsed, _choice.Agreement.Read(parsed)), cancel);
            sentences(result, new AgreementTask(result.Spec.Task));
            return;
        }
        using TaskNetwork found = OfTask(parsed, cancel);
        sequences(found.Task, found.Network, found.Weights);
    }

    /// <summary>Whether it is on the agreement task, whose one sentence is shown.</summary>
    public bool IsSentence(ParseResult parsed) =>
        parsed.GetValue(_run) is null
        && parsed.GetValue(_model) is null
        && !_choice.IsData(parsed)
        && _choice.Read(parsed).Name == AgreementTask.Describe().Name;

    private string? Batch(ParseResult parsed) => _choice.DataOf(parsed) is { } data && BatchFile.IsOne(data) ? data : null;

    private static AgreementTrialResult Train(AgreementTrialSpec spec, CancellationToken cancel)
    {
        using var line = new ProgressLine();
        return AgreementTrial.Run(
            spec,
            look =>
            {
                if (spec.Iterations > 0)
                    line.Report(
                        (double)look.Iteration / spec.Iterations,
                        $"step {look.Iteration}, {NumberText.Percent(look.Verb)} of the verbs right"
                    );
            },
            cancel
        );
    }
}
