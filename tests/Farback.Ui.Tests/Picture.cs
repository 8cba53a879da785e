using System.Buffers.Binary;
using System.IO.Compression;

namespace Farback.Ui.Tests;

/// <summary>A PNG reader of its own for the tests: indices and palette out of the file's chunks.</summary>
internal sealed record Picture(int Width, int Height, byte[] Pixels, byte[] Palette, byte[] Opacity)
{
    public static Picture Of(string dataAddress)
    {
        var file = Convert.FromBase64String(dataAddress["data:image/png;base64,".Length..]);
        Assert.Equal([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10], file[..8]);
        var chunks = new Dictionary<string, byte[]>();
        for (var at = 8; at < file.Length; )
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            var name = System.Text.Encoding.ASCII.GetString(file, at + 4, 4);
            var told = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at + 8 + length));
            Assert.Equal(Crc(file.AsSpan(at + 4, length + 4)), told);
            chunks[name] = file[(at + 8)..(at + 8 + length)];
            at += 12 + length;
        }

        var width = BinaryPrimitives.ReadInt32BigEndian(chunks["IHDR"]);
        var height = BinaryPrimitives.ReadInt32BigEndian(chunks["IHDR"].AsSpan(4));
        using var zlib = new ZLibStream(new MemoryStream(chunks["IDAT"]), CompressionMode.Decompress);
        using var raw = new MemoryStream();
        zlib.CopyTo(raw);
        var lines = raw.ToArray();
        Assert.Equal(height * (width + 1), lines.Length);
        var pixels = new byte[width * height];
        for (var y = 0; y < height; y++)
        {
            Assert.Equal(0, lines[y * (width + 1)]);
            lines.AsSpan((y * (width + 1)) + 1, width).CopyTo(pixels.AsSpan(y * width));
        }

        return new Picture(width, height, pixels, chunks["PLTE"], chunks["tRNS"]);
    }

    // A table-driven CRC-32, unlike the writer's bit loop, so that the two check each other.
    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var table = new uint[256];
        for (var n = 0u; n < 256; n++)
        {
            var c = n;
            for (var k = 0; k < 8; k++)
            {
                c = (c & 1) == 1 ? 0xEDB88320 ^ (c >> 1) : c >> 1;
            }

            table[n] = c;
        }

        var crc = 0xFFFFFFFFu;
        foreach (var value in bytes)
        {
            crc = table[(crc ^ value) & 0xFF] ^ (crc >> 8);
        }

        return crc ^ 0xFFFFFFFF;
    }
}
