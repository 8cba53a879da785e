namespace Farback.Bench;

/// <summary>The repository that this program was built in.</summary>
internal static class Repository
{
    /// <summary>The folder that holds Farback.slnx.</summary>
    public static string Root { get; } = FindRoot();

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Farback.slnx")))
            folder = Path.GetDirectoryName(folder);
        return folder
            ?? throw new DirectoryNotFoundException(
                $"no Farback.slnx above {AppContext.BaseDirectory}; run from the repository's own build."
            );
    }
}
