using System.Globalization;
using Farback.Sequences;

namespace Farback.Formats;

/// <summary>Which class a numeric series belongs to, said at its last value.</summary>
/// <remarks>
///   Of a pair <c>NAME_TRAIN.ts</c>, <c>NAME_TEST.ts</c> the second is the test, as published results have it; validation is a stratified,
///   seeded part of the first. Every dimension is standardised by the mean and standard deviation of the training part.
/// </remarks>
public sealed class UcrTask : ExampleTask
{
    private const string Training = "_TRAIN.ts";
    private const string Test = "_TEST.ts";

    private UcrTask(string path, int inputs, IReadOnlyList<string> classes, Dictionary<Split, Example[]> parts, FileDescription description)
        : base(Path.GetFileName(path), inputs, null, classes, parts) => Description = description;

    /// <inheritdoc/>
    public override FileDescription Description { get; }

    /// <summary>Reads a file, and the test part that belongs to it.</summary>
    /// <exception cref="MalformedFileException">A line is no series, has an unknown label, or a class has too few for every part to get one.</exception>
    public static UcrTask Open(string path, DataOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        (string file, string? test) = Pair(path, options.TestFile);
        UcrReader reader = new(file);
        List<UcrSeries> all = reader.Read();
        List<Split?> given = [.. all.Select(_ => (Split?)null)];
        foreach ((string? other, Split part) in ((string?, Split)[])[(options.ValidationFile, Split.Validation), (test, Split.Test)])
        {
            if (other is null)
                continue;
            UcrReader more = new(other);
            List<UcrSeries> series = more.Read();
            if (more.Dimensions != reader.Dimensions || !more.Labels.ToHashSet().SetEquals(reader.Labels))
                throw new MalformedFileException(
                    other,
                    $"{more.Dimensions} dimensions and the classes {string.Join(", ", more.Labels)}",
                    $"{reader.Dimensions} and {string.Join(", ", reader.Labels)}, as {Path.GetFileName(file)} has"
                );
            all.AddRange(series);
            given.AddRange(series.Select(_ => (Split?)part));
        }
        DataOptions rest = options with
        {
            ValidationShare = options.ValidationFile is null ? options.ValidationShare : 0,
            TestShare = test is null ? options.TestShare : 0,
        };
        int[] classes = [.. all.Select(series => Array.IndexOf(reader.Labels, series.Label))];
        int own = given.Count(part => part is null);
        for (int number = 0; number < reader.Labels.Length; number++)
        {
            int size = classes.Take(own).Count(found => found == number);
            if (size < SeededSplit.Fewest(rest))
                throw new MalformedFileException(
                    file,
                    $"the label {MalformedFileException.Quote(reader.Labels[number])} has {size} {(size == 1 ? "example" : "examples")}",
                    $"{SeededSplit.Fewest(rest)} or more, so that every part gets one"
                );
        }
        Split[] split = SeededSplit.Of([.. classes.Take(own)], rest);
        Split[] parts = [.. given.Select((part, place) => part ?? split[place])];
        (double[] mean, double[] deviation) = Moments(all.Where((_, place) => parts[place] == Split.Training), reader.Dimensions);
        Example[] examples = [.. all.Select((series, place) => Make(series, classes[place], mean, deviation))];
        Dictionary<Split, Example[]> bySplit = Enum.GetValues<Split>()
            .ToDictionary(name => name, name => examples.Where((_, place) => parts[place] == name).ToArray());
        string Show(double value) => value.ToString("G5", CultureInfo.InvariantCulture);
        FileDescription description = new(
            file,
            DataKind.Ucr,
            "Labelled numeric series (UCR); the class is asked at the last value.",
            LengthSummary.From(all.Select(series => series.Values.Length / reader.Dimensions), "values"),
            0,
            [.. reader.Labels.Select((label, number) => new LabelCount(label, classes.Count(found => found == number)))],
            [.. bySplit.Select(part => new SplitSize(part.Key, part.Value.Length, "series"))],
            [
                test is null
                    ? $"The split is stratified by class, drawn with seed {options.Seed}."
                    : $"The test part is {Path.GetFileName(test)}; validation is a stratified part of {Path.GetFileName(file)}, drawn with seed {options.Seed}.",
                $"{reader.Dimensions} {(reader.Dimensions == 1 ? "value" : "values")} at a time, standardised by the training part (mean {string.Join(", ", mean.Select(Show))}; standard deviation {string.Join(", ", deviation.Select(Show))}).",
            ],
            [
                .. all.DistinctBy(series => series.Label)
                    .Concat(all)
                    .Distinct()
                    .Take(3)
                    .Select(series =>
                    {
                        double[] last = series.Values[^Math.Min(8, series.Values.Length)..];
                        return new TaskExample(
                            $"Class {MalformedFileException.Quote(series.Label)}, line {series.Line}, the last values.",
                            [.. last.Select(Show)],
                            [.. last.Select((_, time) => time == last.Length - 1 ? series.Label : "")]
                        );
                    }),
            ]
        );
        return new(file, reader.Dimensions, reader.Labels, bySplit, description);
    }

    private static (string File, string? Test) Pair(string path, string? test)
    {
        if (test is not null)
            return (path, test);
        string Other(string from, string to) => path[..^from.Length] + to;
        if (path.EndsWith(Training, StringComparison.Ordinal) && File.Exists(Other(Training, Test)))
            return (path, Other(Training, Test));
        if (path.EndsWith(Test, StringComparison.Ordinal) && File.Exists(Other(Test, Training)))
            return (Other(Test, Training), path);
        return (path, null);
    }

    private static (double[] Mean, double[] Deviation) Moments(IEnumerable<UcrSeries> training, int dimensions)
    {
        double[] mean = new double[dimensions],
            deviation = new double[dimensions];
        for (int dimension = 0; dimension < dimensions; dimension++)
        {
            double[] values = [.. training.SelectMany(series => series.Values.Where((_, place) => place % dimensions == dimension))];
            double middle = values.Average();
            double variance = values.Average(value => (value - middle) * (value - middle));
            (mean[dimension], deviation[dimension]) = (middle, variance > 0 ? Math.Sqrt(variance) : 1);
        }
        return (mean, deviation);
    }

    private static Example Make(UcrSeries series, int number, double[] mean, double[] deviation) =>
        new()
        {
            Values = [.. series.Values.Select((value, place) => (value - mean[place % mean.Length]) / deviation[place % mean.Length])],
            Class = number,
            At = series.Values.Length / mean.Length - 1,
            Parts = [("class", series.Label)],
        };
}
