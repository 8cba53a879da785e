using System.Globalization;

namespace Farback.Formats;

/// <summary>A labelled series out of a <c>.ts</c> file: vectors [time][dimension].</summary>
internal sealed record UcrSeries(double[] Values, string Label, int Line);

/// <summary>Reads the <c>.ts</c> format of the UCR and UEA archives.</summary>
/// <remarks>
///   Lines that begin with # are comments and with @ the header; after <c>@data</c> a line is a series: dimensions between colons, values
///   between commas, and the label last. Time stamps and missing values are refused.
///   Source: timeseriesclassification.com; Bagnall et al. 2018.
/// </remarks>
internal sealed class UcrReader(string file)
{
    /// <summary>The classes that the header names.</summary>
    public string[] Labels { get; private set; } = [];

    /// <summary>Numbers at a time.</summary>
    public int Dimensions { get; private set; }

    /// <summary>The series in order.</summary>
    public List<UcrSeries> Read()
    {
        List<UcrSeries> all = [];
        bool data = false;
        foreach (DataLine line in DataLines.Read(file))
        {
            string text = line.Text.Trim();
            if (text.Length == 0 || text.StartsWith('#'))
                continue;
            if (data)
                all.Add(Series(line.Number, text));
            else if (text.StartsWith('@'))
                data = Header(line.Number, text);
            else
                throw Fault(line.Number, "a line of data before @data", "a header of lines that begin with @");
        }
        if (!data)
            throw new MalformedFileException(file, "there is no line @data", "the header and data of a .ts file");
        return all.Count > 0 ? all : throw new MalformedFileException(file, "no series follows @data", "one series a line");
    }

    private bool Header(int line, string text)
    {
        string[] words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        bool yes = words.Length > 1 && words[1].Equals("true", StringComparison.OrdinalIgnoreCase);
        switch (words[0].ToLowerInvariant())
        {
            case "@timestamps" when yes:
                throw Fault(line, "the series have time stamps", "values at equal distances (@timeStamps false)");
            case "@targetlabel" when yes:
                throw Fault(line, "the targets are numbers", "classes (@classLabel true …)");
            case "@classlabel":
                Labels =
                    yes && words.Length > 3
                        ? words[2..]
                        : throw Fault(line, "fewer than two classes", "@classLabel true and two classes or more");
                return false;
            case "@data":
                return Labels.Length > 0
                    ? true
                    : throw Fault(line, "@data without @classLabel before it", "the classes (@classLabel true …)");
            default:
                return false;
        }
    }

    private UcrSeries Series(int line, string text)
    {
        string[] parts = text.Split(':');
        if (parts.Length < 2)
            throw Fault(line, "the series has no label", "a colon and the label at the end");
        string label = parts[^1].Trim();
        if (!Labels.Contains(label))
            throw Fault(
                line,
                $"the label {MalformedFileException.Quote(label)}",
                $"one of {string.Join(", ", Labels)}, as the header says"
            );
        int dimensions = parts.Length - 1;
        Dimensions = Dimensions == 0 ? dimensions : Dimensions;
        if (dimensions != Dimensions)
            throw Fault(line, $"the series has {dimensions} dimensions", $"{Dimensions}, as the first has");
        string[][] cells = [.. parts[..^1].Select(part => part.Split(','))];
        int times = cells[0].Length;
        if (cells.Any(part => part.Length != times))
            throw Fault(line, "the dimensions differ in length", $"{times} values in each");
        if (times > ExampleTask.MostSteps)
            throw Fault(line, $"the series has {times} values", $"at most {ExampleTask.MostSteps}");
        double[] values = new double[times * dimensions];
        for (int dimension = 0; dimension < dimensions; dimension++)
        for (int time = 0; time < times; time++)
        {
            string cell = cells[dimension][time].Trim();
            if (!double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) || !double.IsFinite(value))
                throw Fault(
                    line,
                    $"value {time + 1} is {(cell == "?" ? "missing" : MalformedFileException.Quote(cell))}",
                    "a finite number (missing values are not supported)"
                );
            values[time * dimensions + dimension] = value;
        }
        return new(values, label, line);
    }

    private MalformedFileException Fault(int line, string found, string expected) =>
        MalformedFileException.AtLine(file, line, found, expected);
}
