using System.Globalization;
using Farback.Sequences;

namespace Farback.Formats;

/// <summary>A forecast: the next value of a series from those before, at every step.</summary>
/// <remarks>
///   Values are standardised by the mean and standard deviation of the training part, and judged in their own unit. The parts are
///   contiguous, the tail is the test; a held-out value is forecast exactly once, after a window that is only read.
/// </remarks>
public sealed class SeriesTask : FileTask
{
    private const int Fewest = 20;
    private const int DefaultWindow = 32;

    private readonly double[] _values;
    private readonly int _training,
        _validation,
        _test;

    /// <summary>Reads one column of a table.</summary>
    /// <exception cref="MalformedFileException">The table is ragged, the column is not there or is not all numbers, or the series is too short.</exception>
    public SeriesTask(string file, DataOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        if (options.ValidationFile is not null || options.TestFile is not null)
            throw new ArgumentException($"validation and test files: {file} is a series, whose tail is held out; leave them away.");
        SeriesColumn column = SeriesColumn.Read(file, options.Column);
        int count = column.Values.Length;
        if (count < Fewest)
            throw new MalformedFileException(
                file,
                $"column {MalformedFileException.Quote(column.Name)} has {count} values",
                $"at least {Fewest}"
            );
        _validation = Held(options.ValidationShare);
        _test = Held(options.TestShare);
        _training = count - _validation - _test;
        if (_training < Fewest / 2)
            throw new ArgumentException(
                $"validation and test shares: {_training} of {count} values are left to train on; expected {Fewest / 2} or more."
            );
        Window = Math.Min(options.Window ?? DefaultWindow, _training / 2);
        Mean = column.Values.Take(_training).Average();
        double variance = column.Values.Take(_training).Average(value => (value - Mean) * (value - Mean));
        Deviation = variance > 0 ? Math.Sqrt(variance) : 1; // a constant stays as it is
        if (!double.IsFinite(Mean) || !double.IsFinite(Deviation))
            throw new MalformedFileException(
                file,
                $"column {MalformedFileException.Quote(column.Name)} has values too large to average",
                "smaller numbers"
            );
        _values = [.. column.Values.Select(value => (value - Mean) / Deviation)];
        Name = Path.GetFileName(file);
        Description = Describe(file, column);

        int Held(double share) => share == 0 ? 0 : Math.Max(1, (int)(share * count));
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override FileDescription Description { get; }

    /// <inheritdoc/>
    public override int Inputs => 1;

    /// <inheritdoc/>
    public override int Outputs => 1;

    /// <inheritdoc/>
    public override Answer Answer => Answer.Numbers;

    /// <summary>Steps of a training sequence.</summary>
    public int Window { get; }

    /// <summary>The mean of the training part: what an input of 0 stands for.</summary>
    public double Mean { get; }

    /// <summary>The standard deviation of the training part: what a step of 1 stands for; 1 where it is constant.</summary>
    public double Deviation { get; }

    /// <inheritdoc/>
    public override Batch Next(TaskPlace place, int lanes)
    {
        ArgumentNullException.ThrowIfNull(place);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(lanes);
        List<(int Start, int Read, int Asked)> windows = new(lanes);
        for (int lane = 0; lane < lanes; lane++)
            windows.Add((place.Random.Next(_training - Window), 0, Window));
        return Make(windows);
    }

    /// <inheritdoc/>
    public override IEnumerable<Batch> Held(Split split, int lanes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(lanes);
        (int first, int count) = split switch
        {
            Split.Training => (1, _training - 1),
            Split.Validation => (_training, _validation),
            _ => (_training + _validation, _test),
        };
        return Enumerable
            .Range(0, (count + Window - 1) / Window)
            .Select(window => first + window * Window)
            .Select(asked =>
                (
                    Start: asked - 1 - Math.Min(Window, asked - 1),
                    Read: Math.Min(Window, asked - 1),
                    Asked: Math.Min(Window, first + count - asked)
                )
            )
            .Chunk(lanes)
            .Select(windows => Make([.. windows]));
    }

    /// <inheritdoc/>
    public override Judge NewJudge() => new SeriesJudge(this);

    private Batch Make(List<(int Start, int Read, int Asked)> windows)
    {
        int lanes = windows.Count,
            times = windows.Max(window => window.Read + window.Asked);
        double[] values = new double[times * lanes],
            targets = new double[times * lanes];
        Array.Fill(targets, double.NaN);
        for (int lane = 0; lane < lanes; lane++)
        {
            (int start, int read, int asked) = windows[lane];
            for (int time = 0; time < read + asked; time++)
            {
                values[time * lanes + lane] = _values[start + time];
                if (time >= read)
                    targets[time * lanes + lane] = _values[start + time + 1];
            }
        }
        return Batch.OfValues(
            values,
            times,
            lanes,
            1,
            new ValueTargets(targets, 1),
            [.. windows.Select(window => window.Read + window.Asked)]
        );
    }

    private FileDescription Describe(string file, SeriesColumn column)
    {
        string Show(double value) => value.ToString("G6", CultureInfo.InvariantCulture);
        TaskExample[] examples =
        [
            .. Enumerable
                .Range(0, 3)
                .Select(part => part * (_training - 9) / 3)
                .Select(start => new TaskExample(
                    $"From value {start + 1}; the next one stands under each.",
                    [.. column.Values.Skip(start).Take(8).Select(Show)],
                    [.. column.Values.Skip(start + 1).Take(8).Select(Show)]
                )),
        ];
        return new(
            file,
            DataKind.Series,
            $"A numeric series, column {MalformedFileException.Quote(column.Name)}; the next value is forecast at every step.",
            new(Window, Window, Window, "values"),
            0,
            [],
            [new(Split.Training, _training, "values"), new(Split.Validation, _validation, "values"), new(Split.Test, _test, "values")],
            [
                $"{column.Values.Length} values from {Show(column.Values.Min())} to {Show(column.Values.Max())}; {(column.HasHeader ? "the first row is a header" : "there is no header")}; columns {string.Join(", ", column.Columns.Select(MalformedFileException.Quote))}.",
                $"The split is contiguous: the first {_training} values are trained on, the next {_validation} are for validation, the last {_test} for the test.",
                $"Values are standardised by the training part (mean {Show(Mean)}, standard deviation {Show(Deviation)}) and judged in their own unit.",
                $"Sequences of {Window} values are drawn at random; every held-out value is forecast once, after {Window} that are only read.",
                "The baselines repeat the last value (naive), or say the mean of the training part.",
            ],
            examples
        );
    }
}
