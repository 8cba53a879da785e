using System.IO.Compression;

namespace Farback.Formats.Zip;

/// <summary>One file of an archive: where its bytes lie, and how they are read.</summary>
/// <param name="Name">Its name; relative, without "..".</param>
/// <param name="Begin">Where its bytes begin in the archive.</param>
/// <param name="Packed">How many they are there.</param>
/// <param name="Length">How many they are once inflated.</param>
/// <param name="Crc">Their checksum.</param>
/// <param name="IsStored">Whether they stand in the archive as they are.</param>
internal sealed record ZipEntry(string Name, long Begin, long Packed, long Length, uint Crc, bool IsStored)
{
    private const long MostRatio = 100,
        AlwaysAllowed = 1 << 20;
    private const int Block = 1 << 16;

    /// <summary>Its bytes, checked against the checksum when the first of them is read; inflated where they are deflated.</summary>
    /// <remarks>The bytes begin at offset 0 of the source.</remarks>
    public ByteSource Open(string file, ByteSource archive)
    {
        if (IsStored)
            return new StoredEntry(file, this, archive);
        if (Length > AlwaysAllowed && Length / MostRatio > Packed || Length > Array.MaxLength)
            throw new MalformedFileException(
                file,
                $"the entry {MalformedFileException.Quote(Name)} says that its {Packed} bytes inflate to {Length}",
                $"at most {MostRatio} times as many"
            );
        return new MemoryBytes(Inflate(file, archive));
    }

    private byte[] Inflate(string file, ByteSource archive)
    {
        string what = $"the entry {MalformedFileException.Quote(Name)} at byte {Begin}";
        using var inflater = new DeflateStream(new Packing(archive, Begin, Packed), CompressionMode.Decompress);
        // the length is a claim: the array doubles only once it is full
        byte[] bytes = new byte[Math.Min(Length, Block)];
        int done = 0;
        try
        {
            while (true)
            {
                int read = inflater.ReadAtLeast(bytes.AsSpan(done), bytes.Length - done, throwOnEndOfStream: false);
                done += read;
                if (done < bytes.Length || done == Length)
                    break;
                Array.Resize(ref bytes, (int)Math.Min(Length, 2L * bytes.Length));
            }
            if (done < Length || inflater.ReadByte() >= 0)
                throw new MalformedFileException(file, $"{what} does not inflate to the {Length} bytes it says", "exactly as many");
        }
        catch (InvalidDataException)
        {
            throw new MalformedFileException(file, $"{what} cannot be inflated", "deflated bytes");
        }
        Check(file, Crc32.Add(0, bytes));
        return bytes;
    }

    private void Check(string file, uint found)
    {
        if (found != Crc)
            throw new MalformedFileException(
                file,
                $"the entry {MalformedFileException.Quote(Name)} at byte {Begin} has the checksum {found:x8}",
                $"{Crc:x8}, as the archive's directory says"
            );
    }

    private sealed class StoredEntry(string file, ZipEntry entry, ByteSource archive) : ByteSource
    {
        private bool _checked;

        public override void Read(long offset, Span<byte> destination)
        {
            if (!_checked)
            {
                _checked = true;
                byte[] block = new byte[(int)Math.Min(Block, entry.Length)];
                uint crc = 0;
                for (long at = 0; at < entry.Length; at += block.Length)
                {
                    Span<byte> part = block.AsSpan(0, (int)Math.Min(block.Length, entry.Length - at));
                    archive.Read(entry.Begin + at, part);
                    crc = Crc32.Add(crc, part);
                }
                entry.Check(file, crc);
            }
            archive.Read(entry.Begin + offset, destination);
        }

        public override void Dispose() { }
    }

    // the deflated bytes as a stream that only goes forwards
    private sealed class Packing(ByteSource archive, long begin, long length) : Stream
    {
        private long _at;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            int count = (int)Math.Min(buffer.Length, length - _at);
            archive.Read(begin + _at, buffer[..count]);
            _at += count;
            return count;
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
