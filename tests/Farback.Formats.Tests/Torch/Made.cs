using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Farback.Formats.Tests.Torch;

/// <summary>Checkpoints made byte by byte, so that each can lie about one thing.</summary>
internal static class Made
{
    public const string Rebuild = "ctorch._utils\n_rebuild_tensor_v2\n",
        Float = "ctorch\nFloatStorage\n";

    /// <summary>Texts as Latin-1, numbers as one byte each, bytes as they are.</summary>
    public static byte[] Join(params object[] parts) =>
        [
            .. parts.SelectMany(part =>
                part switch
                {
                    string text => Encoding.Latin1.GetBytes(text),
                    int number => [(byte)number],
                    byte[] bytes => bytes,
                    _ => throw new ArgumentException($"{part}"),
                }
            ),
        ];

    /// <summary>BINUNICODE.</summary>
    public static byte[] Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text),
            length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        return Join("X", length, bytes);
    }

    /// <summary>LONG1 of eight bytes.</summary>
    public static byte[] Long(long number)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        return Join(0x8a, 8, bytes);
    }

    public static byte[] Longs(params long[] numbers) => Join("(", numbers.SelectMany(Long).ToArray(), "t");

    /// <summary>A storage by its persistent id.</summary>
    public static byte[] Storage(string key, long count, string type = Float) =>
        Join("(", Text("storage"), type, Text(key), Text("cpu"), Long(count), "tQ");

    /// <summary>A view of the storage "0".</summary>
    public static byte[] Tensor(long count, long offset, long[] shape, long[] strides, string key = "0", string type = Float) =>
        Join(
            Rebuild,
            "(",
            Storage(key, count, type),
            Long(offset),
            Longs(shape),
            Longs(strides),
            0x89,
            "ccollections\nOrderedDict\n)R",
            "tR"
        );

    /// <summary>A pickle of {"w": value}.</summary>
    public static byte[] Dictionary(byte[] value) => Join(0x80, 2, "}", Text("w"), value, "s.");

    /// <summary>A checkpoint as torch.save writes one, with this pickle and these storages "0", "1", ….</summary>
    public static byte[] Checkpoint(byte[] pickle, params byte[][] storages) =>
        Archive([("m/data.pkl", pickle), .. storages.Select((bytes, i) => ($"m/data/{i}", bytes)), ("m/version", Join("3\n"))]);

    /// <summary>A zip archive of stored files.</summary>
    public static byte[] Archive((string Name, byte[] Bytes)[] files, CompressionLevel level = CompressionLevel.NoCompression)
    {
        using MemoryStream stream = new();
        using (ZipArchive archive = new(stream, ZipArchiveMode.Create, leaveOpen: true))
            foreach ((string name, byte[] bytes) in files)
            {
                using Stream entry = archive.CreateEntry(name, level).Open();
                entry.Write(bytes);
            }
        return stream.ToArray();
    }

    /// <summary>0, 1, 2, … as floats.</summary>
    public static byte[] Floats(int count)
    {
        byte[] bytes = new byte[4 * count];
        for (int i = 0; i < count; i++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4 * i), i);
        return bytes;
    }
}
