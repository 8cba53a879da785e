using System.IO.Compression;
using Farback.Numbers;

namespace Farback.Cli.Fuzzing;

/// <summary>Changes what is inside of an archive: one or more of its files, with the archive made anew around them.</summary>
/// <remarks>Checksums, sizes and offsets are right again, so that the change reaches the reader behind the archive instead of failing the first check.</remarks>
internal static class ZipMutation
{
    private static readonly DateTimeOffset s_always = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>An archive of which at least one file is changed; now and then it is deflated.</summary>
    /// <param name="archives">The sound archives.</param>
    /// <param name="random">Decides everything.</param>
    public static byte[] Of(byte[][] archives, RandomStream random)
    {
        using var from = new ZipArchive(new MemoryStream(archives[random.Next(archives.Length)]));
        int changed = random.Next(from.Entries.Count);
        CompressionLevel level = random.Next(4) == 0 ? CompressionLevel.Fastest : CompressionLevel.NoCompression;
        using var made = new MemoryStream();
        using (var to = new ZipArchive(made, ZipArchiveMode.Create, leaveOpen: true))
        {
            for (int i = 0; i < from.Entries.Count; i++)
            {
                byte[] content = Read(from.Entries[i]);
                if (i == changed || random.Next(16) == 0)
                    content = content.Length > 0 ? Mutation.Of([content], isPrefixed: false, random) : [(byte)random.Next(256)];
                ZipArchiveEntry entry = to.CreateEntry(from.Entries[i].FullName, level);
                entry.LastWriteTime = s_always;
                using Stream stream = entry.Open();
                stream.Write(content);
            }
        }
        return made.ToArray();
    }

    private static byte[] Read(ZipArchiveEntry entry)
    {
        byte[] content = new byte[entry.Length];
        using Stream stream = entry.Open();
        stream.ReadExactly(content);
        return content;
    }
}
