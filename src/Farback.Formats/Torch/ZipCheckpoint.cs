using System.Text;
using Farback.Formats.Zip;

namespace Farback.Formats.Torch;

/// <summary>The zip archive of PyTorch 1.6 and later: root/data.pkl, and root/data/key for each storage.</summary>
internal static class ZipCheckpoint
{
    /// <summary>Reads the pickle, and finds each storage.</summary>
    public static Checkpoint Read(string file, ByteSource source, long length)
    {
        var checkpoint = new Checkpoint(file, "PyTorch checkpoint (zip)") { IsExact = true };
        ZipDirectory zip = ZipDirectory.Read(file, source, length);
        if (zip.Entries.Count == 0)
            throw checkpoint.Fault("the archive is empty", "a PyTorch checkpoint");
        string root = zip.Entries[0].Name.Split('/')[0];
        foreach (ZipEntry entry in zip.Entries)
            if (!entry.Name.StartsWith(root + "/", StringComparison.Ordinal))
                throw checkpoint.Fault(
                    $"the entry {MalformedFileException.Quote(entry.Name)} lies outside of the archive's folder {MalformedFileException.Quote(root)}",
                    "one folder with data.pkl in it"
                );
        if (zip.Find($"{root}/constants.pkl") is not null)
            throw checkpoint.Fault(
                "this is a TorchScript archive, which is a program; save model.state_dict() instead",
                "a state dictionary"
            );
        if (
            zip.Find($"{root}/archive_format") is not null
            || zip.Entries.Any(entry => entry.Name.StartsWith($"{root}/models/", StringComparison.Ordinal))
        )
            throw checkpoint.Fault("this is an exported program (.pt2); save model.state_dict() instead", "a state dictionary");
        ZipEntry pickle =
            zip.Find($"{root}/data.pkl")
            ?? throw checkpoint.Fault($"there is no {MalformedFileException.Quote($"{root}/data.pkl")}", "a PyTorch checkpoint");
        if (zip.Find($"{root}/byteorder") is { } order)
            checkpoint.IsBigEndian = Text(order.Open(file, source), order.Length) switch
            {
                "little" => false,
                "big" => true,
                var other => throw checkpoint.Fault($"the byte order is {MalformedFileException.Quote(other)}", "little or big"),
            };
        string folder = $"{root}/data/";
        foreach (ZipEntry entry in zip.Entries)
            if (entry.Name.StartsWith(folder, StringComparison.Ordinal))
                checkpoint.Storages[entry.Name[folder.Length..]] = (new Lazily(() => entry.Open(file, source)), 0, entry.Length);
        var reader = new BytesReader(file, pickle.Open(file, source), 0, pickle.Length);
        checkpoint.Root = checkpoint.Unpickle(reader);
        return reader.Left == 0
            ? checkpoint
            : throw checkpoint.Fault($"the pickle goes on behind its end at byte {reader.At} of data.pkl", "nothing there");
    }

    private static string Text(ByteSource bytes, long length)
    {
        byte[] start = new byte[(int)Math.Min(length, 64)];
        bytes.Read(0, start);
        return Encoding.Latin1.GetString(start).Trim();
    }

    // a deflated storage is inflated when its first tensor is read
    private sealed class Lazily(Func<ByteSource> open) : ByteSource
    {
        private ByteSource? _opened;

        public override void Read(long offset, Span<byte> destination) => (_opened ??= open()).Read(offset, destination);

        public override void Dispose() { }
    }
}
