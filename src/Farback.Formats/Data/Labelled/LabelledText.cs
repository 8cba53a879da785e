namespace Farback.Formats;

/// <summary>A text with its label, and where it stands.</summary>
internal readonly record struct LabelledText(string Label, string Text, string File, int Line)
{
    /// <summary>Reads lines <c>label⇥text</c>, or a folder whose files are classes.</summary>
    /// <returns>The texts, and how many blank lines were passed over.</returns>
    public static (List<LabelledText> Texts, int Blank) Read(string path)
    {
        List<LabelledText> texts = [];
        int blank = 0;
        foreach ((string file, string? label) in Files(path))
        {
            foreach (DataLine line in DataLines.Read(file))
            {
                if (string.IsNullOrWhiteSpace(line.Text))
                {
                    blank++;
                    continue;
                }
                texts.Add(label is null ? Tabbed(file, line) : new(label, line.Text, file, line.Number));
            }
        }
        return (texts, blank);
    }

    private static LabelledText Tabbed(string file, DataLine line)
    {
        string[] fields = line.Text.Split('\t');
        if (fields.Length != 2)
            throw MalformedFileException.AtLine(
                file,
                line.Number,
                $"the line has {fields.Length} fields between tabs",
                "two, a label and a text"
            );
        if (string.IsNullOrWhiteSpace(fields[0]) || string.IsNullOrWhiteSpace(fields[1]))
            throw MalformedFileException.AtLine(
                file,
                line.Number,
                string.IsNullOrWhiteSpace(fields[1]) ? "the text is empty" : "the label is empty",
                "a label, a tab and a text"
            );
        return new(fields[0].Trim(), fields[1], file, line.Number);
    }

    // files of a folder in the order of their names, which no file system promises
    private static IEnumerable<(string File, string? Label)> Files(string path)
    {
        if (!Directory.Exists(path))
            return [(path, null)];
        string[] files = [.. Directory.GetFiles(path, "*.txt").Order(StringComparer.Ordinal)];
        return files.Length >= 2
            ? files.Select(file => (file, (string?)Path.GetFileNameWithoutExtension(file)))
            : throw new MalformedFileException(
                path,
                $"the folder has {files.Length} files that end in .txt",
                "two or more, one a class, each line an example"
            );
    }
}
