namespace Farback.Formats.Tests;

/// <summary>The folder of files made by other programs, which is not part of the project; a test that needs it skips where it is absent.</summary>
internal static class ReferenceFolder
{
    /// <summary>A sub-folder's files in order of their names; skips the test, naming the folder, where there is none.</summary>
    public static string[] Files(string folder, string pattern)
    {
        string full = Path.Combine(Root(), folder);
        if (!Directory.Exists(full))
        {
            Assert.Skip($"The reference files are not here: no folder {full} (FARBACK_REFERENCE names another).");
        }
        string[] files = Directory.GetFiles(full, pattern);
        Array.Sort(files, StringComparer.Ordinal);
        return files;
    }

    /// <summary>The folder itself, whether it is there or not.</summary>
    public static string Root()
    {
        if (Environment.GetEnvironmentVariable("FARBACK_REFERENCE") is { Length: > 0 } named)
        {
            return Path.GetFullPath(named);
        }
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Farback.slnx")))
        {
            folder = folder.Parent;
        }
        Assert.NotNull(folder);
        return Path.GetFullPath(Path.Combine(folder.FullName, "../shared/data/reference"));
    }
}
