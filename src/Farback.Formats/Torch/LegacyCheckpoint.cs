namespace Farback.Formats.Torch;

/// <summary>The stream before PyTorch 1.6: magic · version · machine · object · keys, each a pickle; then each storage's count and bytes.</summary>
internal static class LegacyCheckpoint
{
    /// <summary>How a legacy file begins: a pickle of 0x1950A86A20F9469CFC6C.</summary>
    public static ReadOnlySpan<byte> Magic => [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19];

    /// <summary>Reads the pickles, and finds each storage.</summary>
    public static Checkpoint Read(string file, ByteSource source, long length)
    {
        var checkpoint = new Checkpoint(file, "PyTorch checkpoint (legacy)");
        var reader = new BytesReader(file, source, 0, length);
        checkpoint.Unpickle(reader); // the magic number, seen already
        if (checkpoint.Unpickle(reader) is not 1001L)
            throw checkpoint.Fault("the second pickle is not 1001", "the protocol of a legacy checkpoint");
        if (checkpoint.Unpickle(reader) is not Map machine)
            throw checkpoint.Fault("the third pickle is no dictionary", "a description of the machine");
        if (machine.Pairs.Any(pair => pair.Key is "little_endian" && pair.Value is false))
            checkpoint.IsBigEndian = true;
        checkpoint.Root = checkpoint.Unpickle(reader);
        if (checkpoint.Unpickle(reader) is not Items { Kind: "list", Values: var keys })
            throw checkpoint.Fault("the fifth pickle is no list", "the keys of the storages");
        Dictionary<string, int> sizes = [];
        foreach ((_, View view) in NamedViews.Of(file, length, checkpoint.Root))
            sizes[view.Storage.Key] = view.Storage.Dtype.Bytes;
        foreach (object? one in keys)
        {
            if (one is not string key || checkpoint.Storages.ContainsKey(key))
                throw checkpoint.Fault("a storage's key is no text, or stands twice", "each key once");
            long at = reader.At;
            ulong count = reader.U64("a storage's count");
            if (!sizes.TryGetValue(key, out int size))
                throw checkpoint.Fault(
                    $"the storage {MalformedFileException.Quote(key)} at byte {at} belongs to no tensor, so its length is unknown",
                    "one that does"
                );
            if (count > (ulong)(reader.Left / size))
                throw checkpoint.Fault(
                    $"the storage {MalformedFileException.Quote(key)} at byte {at} has {count} elements of {size} bytes",
                    $"at most the {reader.Left} bytes that are left"
                );
            checkpoint.Storages[key] = (source, reader.At, (long)count * size);
            reader.Skip(count * (ulong)size, "a storage");
        }
        return reader.Left == 0
            ? checkpoint
            : throw checkpoint.Fault($"there are bytes behind the last storage at byte {reader.At}", "the file's end");
    }
}
