using System.Globalization;
using System.Text.RegularExpressions;

namespace Farback.Formats;

/// <summary>One column of numbers out of a table.</summary>
/// <param name="Name">Its name in the header, or its number from 1.</param>
/// <param name="Values">Its numbers in order.</param>
/// <param name="HasHeader">Whether the first row is names.</param>
/// <param name="Columns">The names of all columns.</param>
internal sealed partial record SeriesColumn(string Name, double[] Values, bool HasHeader, IReadOnlyList<string> Columns)
{
    /// <summary>Reads the column of that name or number; null: the only column that holds numbers.</summary>
    /// <remarks>The first row is a header where it has no number in a column in which the second row has one, or where the second row is missing.</remarks>
    public static SeriesColumn Read(string file, string? wanted)
    {
        using IEnumerator<CsvRow> rows = new CsvReader(file).Rows().GetEnumerator();
        if (!rows.MoveNext())
            throw new MalformedFileException(file, "the file has only blank lines", "a table");
        CsvRow first = rows.Current;
        CsvRow? second = rows.MoveNext() ? rows.Current : null;
        bool header =
            second is not { } data || first.Fields.Zip(data.Fields).Any(cell => !LooksNumeric(cell.First) && LooksNumeric(cell.Second));
        string[] names = header
            ? first.Fields
            : [.. Enumerable.Range(1, first.Fields.Length).Select(number => number.ToString(CultureInfo.InvariantCulture))];
        int column = Choose(file, names, header ? second : first, wanted);
        List<double> values = [];
        if (!header)
            values.Add(Number(file, first, names, column));
        if (second is { } next)
            values.Add(Number(file, next, names, column));
        while (rows.MoveNext())
            values.Add(Number(file, rows.Current, names, column));
        return new(names[column], [.. values], header, names);
    }

    private static int Choose(string file, string[] names, CsvRow? row, string? wanted)
    {
        string all = string.Join(", ", names.Select(MalformedFileException.Quote));
        if (wanted is not null)
        {
            int named = Array.IndexOf(names, wanted);
            if (named >= 0)
                return Array.LastIndexOf(names, wanted) == named
                    ? named
                    : throw new MalformedFileException(
                        file,
                        $"several columns are called {MalformedFileException.Quote(wanted)}",
                        "its number"
                    );
            return
                int.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                && number >= 1
                && number <= names.Length
                ? number - 1
                : throw new MalformedFileException(file, $"there is no column {MalformedFileException.Quote(wanted)}", $"one of {all}");
        }
        int[] numeric = [.. Enumerable.Range(0, names.Length).Where(column => row is { } cells && LooksNumeric(cells.Fields[column]))];
        return numeric.Length == 1
            ? numeric[0]
            : throw new MalformedFileException(
                file,
                numeric.Length == 0 ? "no column holds numbers" : $"{numeric.Length} columns hold numbers",
                $"one, or a choice by --column out of {all}"
            );
    }

    private static bool LooksNumeric(string cell) => TryNumber(cell, out _) || DecimalComma().IsMatch(cell);

    private static bool TryNumber(string cell, out double value) =>
        double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);

    private static double Number(string file, CsvRow row, string[] names, int column)
    {
        string cell = row.Fields[column];
        if (TryNumber(cell, out double value))
            return value;
        string where = $"column {MalformedFileException.Quote(names[column])} has";
        if (DecimalComma().IsMatch(cell))
            throw MalformedFileException.AtLine(
                file,
                row.Line,
                $"{where} {MalformedFileException.Quote(cell)} with a decimal comma",
                $"a decimal point, {cell.Replace(',', '.')} (export the table with points, or replace the commas)"
            );
        throw MalformedFileException.AtLine(
            file,
            row.Line,
            cell.Length == 0 ? $"{where} an empty field" : $"{where} {MalformedFileException.Quote(cell)}",
            "a finite number (fill gaps, or leave the rows away)"
        );
    }

    [GeneratedRegex(@"^[+-]?[0-9]{1,15},[0-9]{1,15}$", RegexOptions.CultureInvariant)]
    private static partial Regex DecimalComma();
}
