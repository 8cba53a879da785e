namespace Farback.Tests.Docs;

/// <summary>Internal to the tests: the repository's files, found from wherever the tests run.</summary>
internal static class Repository
{
    /// <summary>The folder that holds Farback.slnx.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The text of a file, by its path from the root.</summary>
    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>Every page that a reader is sent to, by its path from the root.</summary>
    public static IEnumerable<string> Pages()
    {
        string[] single = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "src/Farback/README.md"];
        IEnumerable<string> docs = Directory
            .EnumerateFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Order(StringComparer.Ordinal);
        return single.Where(page => File.Exists(Path.Combine(Root, page))).Concat(docs);
    }

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Farback.slnx")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException($"no Farback.slnx above {AppContext.BaseDirectory}");
    }
}
