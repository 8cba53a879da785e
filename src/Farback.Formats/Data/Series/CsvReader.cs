using System.Text;

namespace Farback.Formats;

/// <summary>A row of a table and the line it begins at.</summary>
internal readonly record struct CsvRow(int Line, string[] Fields);

/// <summary>Reads tables whose fields stand between commas, semicolons or tabs, strictly after RFC 4180.</summary>
/// <remarks>The separator is the one that the first row has most of outside quotes. A quoted field may hold separators, doubled quotes and line ends.</remarks>
internal sealed class CsvReader(string file)
{
    private const int LongestRow = 1 << 20;

    private char _separator;

    /// <summary>The rows in order, blank lines left out; all have as many fields as the first.</summary>
    public IEnumerable<CsvRow> Rows()
    {
        int columns = 0,
            begin = 0;
        StringBuilder open = new();
        bool quoted = false;
        foreach (DataLine line in DataLines.Read(file))
        {
            if (quoted)
                open.Append('\n');
            else if (string.IsNullOrWhiteSpace(line.Text))
                continue;
            else
                begin = line.Number;
            open.Append(line.Text);
            if (open.Length > LongestRow)
                throw MalformedFileException.AtLine(
                    file,
                    begin,
                    $"the row is longer than {LongestRow} characters",
                    "a closing quote, or shorter rows"
                );
            // every quote opens or closes, a doubled one does both: an even number is a whole row
            quoted ^= line.Text.AsSpan().Count('"') % 2 == 1;
            if (quoted)
                continue;
            string row = open.ToString();
            open.Clear();
            if (columns == 0)
                _separator = Separator(row);
            string[] fields = Fields(row, begin);
            columns = columns == 0 ? fields.Length : columns;
            if (fields.Length != columns)
                throw MalformedFileException.AtLine(
                    file,
                    begin,
                    $"the row has {fields.Length} {(fields.Length == 1 ? "field" : "fields")}",
                    $"{columns}, as the first row has{(fields.Length > columns && _separator == ',' ? " (does a number have a decimal comma, or a text lack its quotes?)" : "")}"
                );
            yield return new(begin, fields);
        }
        if (quoted)
            throw Unclosed(begin);
    }

    private MalformedFileException Unclosed(int line) =>
        MalformedFileException.AtLine(file, line, "a quote is opened and never closed", "a closing quote");

    private static char Separator(string row)
    {
        int[] counts = new int[3];
        bool quoted = false;
        foreach (char letter in row)
        {
            quoted ^= letter == '"';
            int kind = ",;\t".IndexOf(letter, StringComparison.Ordinal);
            if (kind >= 0 && !quoted)
                counts[kind]++;
        }
        // a semicolon or tab that stands beside commas is the separator: then the commas are decimal
        return counts[2] > 0 ? '\t'
            : counts[1] > 0 ? ';'
            : ',';
    }

    private string[] Fields(string row, int line)
    {
        List<string> fields = [];
        for (int at = 0; at <= row.Length; at++)
        {
            if (at < row.Length && row[at] == '"')
            {
                StringBuilder field = new();
                for (at++; row[at] != '"' || (at + 1 < row.Length && row[at + 1] == '"'); at++)
                {
                    at += row[at] == '"' ? 1 : 0;
                    field.Append(row[at]);
                    // an odd number of quotes inside leaves the field without its end
                    if (at + 1 == row.Length)
                        throw Unclosed(line);
                }
                at++;
                if (at < row.Length && row[at] != _separator)
                    throw MalformedFileException.AtLine(
                        file,
                        line,
                        $"{MalformedFileException.Quote(row[at].ToString())} follows a closing quote",
                        "a separator, or a doubled quote"
                    );
                fields.Add(field.ToString());
                continue;
            }
            int end = row.IndexOf(_separator, at);
            end = end < 0 ? row.Length : end;
            string plain = row[at..end];
            if (plain.Contains('"', StringComparison.Ordinal))
                throw MalformedFileException.AtLine(
                    file,
                    line,
                    $"a quote stands inside the field {MalformedFileException.Quote(plain)}",
                    "quotes around the whole field, doubled inside"
                );
            fields.Add(plain.Trim());
            at = end;
        }
        return [.. fields];
    }
}
