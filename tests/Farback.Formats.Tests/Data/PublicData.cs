namespace Farback.Formats.Tests.Data;

/// <summary>The public data sets beside the reference files, which are not part of the project; a test that needs one skips where it is absent.</summary>
internal static class PublicData
{
    /// <summary>The path of a file or folder; skips the test where there is none.</summary>
    public static string Find(string name)
    {
        string path = Path.GetFullPath(Path.Combine(ReferenceFolder.Root(), "..", name));
        if (!File.Exists(path) && !Directory.Exists(path))
            Assert.Skip($"The public data is not here: no {name} beside the reference files (FARBACK_REFERENCE names another place).");
        return path;
    }
}
