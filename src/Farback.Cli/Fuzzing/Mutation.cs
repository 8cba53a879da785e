using System.Buffers.Binary;
using System.Text;
using Farback.Numbers;

namespace Farback.Cli.Fuzzing;

/// <summary>Changes sound files: bits, bytes, numbers at the edges of their range, words, parts left out, repeated, swapped or cut off.</summary>
internal static class Mutation
{
    private const int MostChanges = 4,
        LongestPart = 64,
        PrefixBytes = 8;

    private static readonly ulong[] s_edges =
    [
        0,
        1,
        0x7f,
        0x80,
        0xff,
        0x7fff,
        0xffff,
        0x7fff_ffff,
        0x8000_0000,
        0xffff_ffff,
        0x7fff_ffff_ffff_ffff,
        0x8000_0000_0000_0000,
        ulong.MaxValue,
    ];

    private static readonly byte[][] s_words =
    [
        .. new[]
        {
            "{",
            "}",
            "[",
            "]",
            ",",
            "\"",
            "null",
            "-1",
            "1e999",
            "9223372036854775807",
            "\\ud800",
            "\n",
            "\0",
            "(",
            ")",
            ".",
            "\"shape\":[0],",
            "\"a\":{},",
            "weight_hh_l1",
            "cos\nsystem\n",
            "R",
            "b",
            "0000",
            "PK\u0003\u0004",
            "TREE",
            "layer {",
            "\"units\": 0",
        }.Select(Encoding.Latin1.GetBytes),
    ];

    /// <summary>A file with one to four changes.</summary>
    /// <param name="files">The sound files; parts of one may come into another.</param>
    /// <param name="isPrefixed">Whether the first eight bytes are the length of a header, which most changes then keep right.</param>
    /// <param name="random">Decides everything.</param>
    public static byte[] Of(byte[][] files, bool isPrefixed, RandomStream random)
    {
        byte[] original = files[random.Next(files.Length)],
            other = files[random.Next(files.Length)];
        List<byte> file = [.. original];
        long header = isPrefixed ? BinaryPrimitives.ReadInt64LittleEndian(original) : 0;
        for (int change = 1 + random.Next(MostChanges); change > 0 && file.Count > 0; change--)
        {
            int at = random.Next(file.Count),
                before = file.Count;
            Change(file, at, other, random);
            if (at < PrefixBytes + header)
                header += file.Count - before;
        }
        byte[] bytes = [.. file];
        // otherwise nearly every change of length would be met by the first check alone
        if (isPrefixed && bytes.Length >= PrefixBytes && random.Next(4) > 0)
            BinaryPrimitives.WriteInt64LittleEndian(bytes, header);
        return bytes;
    }

    private static void Change(List<byte> file, int at, byte[] other, RandomStream random)
    {
        int length = 1 + random.Next(Math.Min(LongestPart, file.Count - at));
        switch (random.Next(16))
        {
            case 0 or 1 or 2:
                file[at] ^= (byte)(1 << random.Next(8));
                break;
            case 3 or 4 or 5:
                file[at] = (byte)random.Next(256);
                break;
            case 6 or 7:
                file[at] = (byte)(file[at] + (random.Next(2) == 0 ? 1 : -1));
                break;
            case 8 or 9:
                byte[] edge = BitConverter.GetBytes(s_edges[random.Next(s_edges.Length)]);
                for (int i = 0, width = 1 << random.Next(4); i < width && at + i < file.Count; i++)
                    file[at + i] = edge[i];
                break;
            case 10:
                file.InsertRange(at, s_words[random.Next(s_words.Length)]);
                break;
            case 11:
                file.RemoveRange(at, length);
                break;
            case 12:
                file.InsertRange(random.Next(file.Count), file.GetRange(at, length));
                break;
            case 13:
                List<byte> part = file.GetRange(at, length);
                int to = random.Next(file.Count - length + 1);
                for (int i = 0; i < length; i++)
                    file[to + i] = part[i];
                break;
            case 14:
                int from = random.Next(other.Length);
                file.InsertRange(at, other.AsSpan(from, Math.Min(length, other.Length - from)).ToArray());
                break;
            default:
                if (random.Next(4) == 0)
                    file.RemoveRange(at, file.Count - at);
                break;
        }
    }
}
