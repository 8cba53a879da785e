using System.Text;

namespace Farback.Formats.Tests.Data;

/// <summary>Small files that a test writes for itself, gone after it.</summary>
public abstract class OwnFiles : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("farback-data-").FullName;

    /// <summary>Writes bytes and gives the path.</summary>
    protected string Bytes(string name, byte[] bytes)
    {
        string path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>Writes UTF-8 without a byte order mark and gives the path.</summary>
    protected string Text(string name, string text) => Bytes(name, Encoding.UTF8.GetBytes(text));

    /// <summary>The sentence that refuses a file, without its folder; it names the file, and the line where there is one.</summary>
    protected string Refusal(string path, DataOptions? options = null)
    {
        string sentence = Assert
            .Throws<MalformedFileException>(() =>
            {
                FileTask task = DataFile.Open(path, options);
                (task as IDisposable)?.Dispose();
            })
            .Message;
        Assert.StartsWith(_folder, sentence, StringComparison.Ordinal);
        return sentence[(_folder.Length + 1)..];
    }

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }
}
