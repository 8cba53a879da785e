namespace Farback.Tests.Reference;

/// <summary>Where the reference values of other frameworks lie; tests that need one are skipped where it is absent.</summary>
internal static class ReferenceFolder
{
    /// <summary>The environment variable that names the folder; without it, ../shared/data/reference beside the repository.</summary>
    private const string Variable = "FARBACK_REFERENCE";

    /// <summary>The path of something in the folder; skips the test where it is not there.</summary>
    public static string Require(params string[] parts)
    {
        string path = PathOf(parts);
        if (!Path.Exists(path))
            Assert.Skip($"The reference values {path} are not on this machine; {Variable} names their folder.");
        return path;
    }

    /// <summary>The path of something in the folder, or null where it is not there.</summary>
    public static string? Find(params string[] parts) => Path.Exists(PathOf(parts)) ? PathOf(parts) : null;

    private static string PathOf(string[] parts)
    {
        string folder = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named
            ? named
            : Path.Combine(RepositoryRoot(), "..", "shared", "data", "reference");
        return Path.GetFullPath(Path.Combine([folder, .. parts]));
    }

    private static string RepositoryRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Farback.slnx")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? AppContext.BaseDirectory;
    }
}
