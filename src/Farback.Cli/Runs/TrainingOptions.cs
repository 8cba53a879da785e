using System.CommandLine;
using System.Globalization;
using Farback.Cells;
using Farback.Cli.Commands;
using Farback.Experiments;
using Farback.Formats;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;
using Farback.Training;

namespace Farback.Cli.Runs;

/// <summary>The network and its training on a command line.</summary>
internal sealed class TrainingOptions
{
    private readonly Option<string> _cell = CommonOptions.CellName(),
        _initial = CommonOptions.InitialChoice();
    private readonly Option<int> _hidden = CommonOptions.Hidden(),
        _layers = CommonOptions.Count("--layers", "Layers.", 1),
        _embedding = CommonOptions.Embedding(),
        _lanes = CommonOptions.Count("--batch", "Sequences a step.", 32),
        _iterations = CommonOptions.Count("--iterations", "Training steps at most.", 3000),
        _warmUp = CommonOptions.Count("--warmup", "Steps over which the rate rises first.", 0, 0),
        _evaluateEvery = CommonOptions.Count("--evaluate-every", "Steps between two looks at the validation part.", 100),
        _checkpointEvery = CommonOptions.Count("--checkpoint-every", "Steps between two checkpoints.", 500),
        _patience = CommonOptions.Count("--patience", "Stop after so many looks without a better score; 0 for never.", 0, 0);
    private readonly Option<double> _rate = CommonOptions.Positive("--rate", "The learning rate.", 0.01);
    private readonly Option<string> _clip = new("--clip")
    {
        Description = "The norm to which longer gradients are cut, or none.",
        DefaultValueFactory = _ => "1",
    };
    private readonly Option<double> _dropout = new("--dropout")
    {
        Description = "The share of inputs dropped between layers in training.",
        DefaultValueFactory = _ => 0,
    };
    private readonly Option<bool> _bidirectional = new("--bidirectional") { Description = "Layers run both ways." };
    private readonly Option<string> _optimiser = new("--optimiser")
    {
        Description = "sgd, sgd=MOMENTUM, nesterov=MOMENTUM, rmsprop, adam, adamw=DECAY or adagrad.",
        DefaultValueFactory = _ => "adam",
    };
    private readonly Option<string> _schedule = new("--schedule")
    {
        Description = "constant, cosine, cosine=FLOOR, exponential=FACTOR or step=EVERY,FACTOR.",
        DefaultValueFactory = _ => "constant",
    };
    private readonly Option<string?> _truncate = new("--truncate")
    {
        Description = "Truncated backpropagation: WINDOW or WINDOW,STRIDE in steps.",
    };
    private readonly Option<string> _recompute = new("--recompute")
    {
        Description =
            "The steps of the segments that are run again on the way back, so that their traces need not be kept; none to keep everything; auto for segments of √T where everything would take more than 1 GiB.",
        DefaultValueFactory = _ => Recomputation.Automatic.ToString(),
    };
    private readonly Option<string> _watch = new("--watch")
    {
        Description =
            "How often it is looked at how far the gradient reaches back: the steps between two looks; auto, or auto=PERCENT, for as often as 3 %, or that much, of the time allows; off. It changes no weight.",
        DefaultValueFactory = _ => WatchSchedule.Auto.ToString(),
    };
    private readonly Option<string> _precision = new("--precision")
    {
        Description = "float64 or float32.",
        DefaultValueFactory = _ => RunPrecision.Double,
    };
    private readonly Option<long> _seed = CommonOptions.Seed("The seed of parameters, dropout and batches; the first of several.");

    private IReadOnlyList<Option> InTrials => [_cell, _initial, _hidden, _embedding, _lanes, _iterations, _rate, _clip, _seed];

    private IReadOnlyList<Option> InRunsOnly =>
        [
            _layers,
            _bidirectional,
            _dropout,
            _optimiser,
            _schedule,
            _warmUp,
            _truncate,
            _recompute,
            _watch,
            _precision,
            _evaluateEvery,
            _checkpointEvery,
            _patience,
        ];

    /// <summary>Adds them to a verb.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in InTrials.Concat(InRunsOnly))
            command.Options.Add(option);
    }

    /// <summary>The first seed.</summary>
    public long Seed(ParseResult parsed) => parsed.GetValue(_seed);

    /// <summary>The cell's name.</summary>
    public string Cell(ParseResult parsed) => parsed.GetValue(_cell)!;

    /// <summary>A trial of the agreement task.</summary>
    /// <exception cref="ArgumentException">An option was given that a trial does not know.</exception>
    public AgreementTrialSpec Trial(ParseResult parsed, AgreementOptions task) =>
        InRunsOnly.FirstOrDefault(parsed.IsGiven) is { } unknown
            ? throw new ArgumentException(
                $"{unknown.Name}: several --seeds are compared without it; leave it out, or train one seed at a time."
            )
            : new()
            {
                Cell = CommonOptions.CellOf(parsed.GetValue(_cell)!),
                Initial = Initial.Parse(parsed.GetValue(_initial)!),
                Task = task,
                Hidden = parsed.GetValue(_hidden),
                Embedding = parsed.GetValue(_embedding),
                Lanes = parsed.GetValue(_lanes),
                Iterations = parsed.GetValue(_iterations),
                Rate = parsed.GetValue(_rate),
                Clip = ClipOf(parsed),
            };

    /// <summary>A run that learns a task.</summary>
    /// <exception cref="ArgumentException">An option makes no sense.</exception>
    public RunDescription Describe(ParseResult parsed, RunTask source, LearningTask task)
    {
        Cell cell = CommonOptions.CellOf(parsed.GetValue(_cell)!);
        Network network = RunStart.NetworkFor(
            task,
            parsed.GetValue(_embedding),
            new()
            {
                Cell = cell,
                Hidden = parsed.GetValue(_hidden),
                Outputs = task.Outputs,
                Layers = parsed.GetValue(_layers),
                Bidirectional = parsed.GetValue(_bidirectional),
                Dropout = parsed.GetValue(_dropout),
            }
        );
        (int Window, int Stride)? truncation = TruncationOf(parsed.GetValue(_truncate));
        return new(
            RunDescription.FormatName,
            RunDescription.CurrentVersion,
            source,
            RunNetwork.Of(network),
            new(
                Initial.Parse(parsed.GetValue(_initial)!).ToString(),
                parsed.GetValue(_optimiser)!,
                parsed.GetValue(_rate),
                parsed.GetValue(_schedule)!,
                parsed.GetValue(_warmUp),
                ClipOf(parsed),
                parsed.GetValue(_lanes),
                parsed.GetValue(_iterations),
                truncation?.Window,
                truncation?.Stride,
                parsed.GetValue(_evaluateEvery),
                parsed.GetValue(_checkpointEvery),
                parsed.GetValue(_patience),
                Recomputation.Parse(parsed.GetValue(_recompute)!).ToString(),
                WatchSchedule.Parse(parsed.GetValue(_watch)!).ToString()
            ),
            parsed.GetValue(_seed),
            RunPrecision.Parse(parsed.GetValue(_precision)!),
            Widths.Name(Widths.Current),
            Threads: 1,
            RunState.Running,
            task.InputWords,
            task.OutputWords
        );
    }

    private double? ClipOf(ParseResult parsed)
    {
        string text = parsed.GetValue(_clip)!;
        if (text == "none")
            return null;
        return double.TryParse(text, CultureInfo.InvariantCulture, out double norm) && norm > 0
            ? norm
            : throw new ArgumentException($"--clip: expected a positive number or none, got {text}.");
    }

    /// <summary>WINDOW or WINDOW,STRIDE; null where nothing was said.</summary>
    public static (int Window, int Stride)? TruncationOf(string? text)
    {
        if (text is null)
            return null;
        int[] numbers = [.. text.Split(',').Select(word => int.TryParse(word, CultureInfo.InvariantCulture, out int number) ? number : 0)];
        return numbers is [> 0, ..] && numbers.Length <= 2 && numbers[^1] > 0
            ? (numbers[0], numbers[^1])
            : throw new ArgumentException($"--truncate: expected WINDOW or WINDOW,STRIDE in steps, as in 40,20, got {text}.");
    }
}
