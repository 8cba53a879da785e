using System.Buffers.Binary;
using System.IO.Compression;

namespace Farback.Ui.Maps;

/// <summary>Writes a PNG of palette indices: colour type 3, eight bits a pixel, no filter, one IDAT.</summary>
/// <remarks>Source: PNG specification, third edition. Every scan line has filter 0, which suits flat areas of one index.</remarks>
internal static class IndexedPng
{
    private static readonly byte[] Signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

    /// <summary>The file's bytes.</summary>
    /// <param name="width">Pixels a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="pixels">width × height palette indices, row by row.</param>
    /// <param name="palette">Up to 256 colours.</param>
    public static byte[] Write(int width, int height, ReadOnlySpan<byte> pixels, IReadOnlyList<Colour> palette)
    {
        if (pixels.Length != width * height)
        {
            throw new ArgumentException(
                $"pixels: expected {width} × {height} = {width * height} indices, got {pixels.Length}.",
                nameof(pixels)
            );
        }

        using var file = new MemoryStream();
        file.Write(Signature);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], height);
        header[8] = 8; // bits a pixel
        header[9] = 3; // colour type: palette
        header[10..].Clear(); // deflate, adaptive filters, not interlaced
        Chunk(file, "IHDR"u8, header);

        var colours = new byte[palette.Count * 3];
        var opacities = new byte[palette.Count];
        for (var i = 0; i < palette.Count; i++)
        {
            (colours[3 * i], colours[(3 * i) + 1], colours[(3 * i) + 2], opacities[i]) = palette[i];
        }

        Chunk(file, "PLTE"u8, colours);
        Chunk(file, "tRNS"u8, opacities);
        Chunk(file, "IDAT"u8, Deflated(width, height, pixels));
        Chunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static byte[] Deflated(int width, int height, ReadOnlySpan<byte> pixels)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            for (var y = 0; y < height; y++)
            {
                zlib.WriteByte(0);
                zlib.Write(pixels.Slice(y * width, width));
            }
        }

        return packed.ToArray();
    }

    private static void Chunk(MemoryStream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(type);
        file.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, Checksum(type, data));
        file.Write(number);
    }

    // CRC-32, polynomial EDB88320 reflected, over type and data.
    private static uint Checksum(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data) => ~Rest(Rest(uint.MaxValue, type), data);

    private static uint Rest(uint rest, ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
        {
            rest ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                rest = (rest >> 1) ^ (0xEDB88320u & (0u - (rest & 1)));
            }
        }

        return rest;
    }
}
