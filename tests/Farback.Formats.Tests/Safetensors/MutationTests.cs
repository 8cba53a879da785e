using System.Diagnostics;
using System.Text;
using Farback.Numbers;
using static Farback.Formats.Tests.Safetensors.SafetensorsBytes;

namespace Farback.Formats.Tests.Safetensors;

public sealed class MutationTests
{
    private const int Inputs = 20_000;

    private static readonly string[] Splices =
    [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\",
        "\\ud800",
        "null",
        "-1",
        "1e9",
        "0",
        "9223372036854775807",
        "18446744073709551615",
        "\"dtype\":\"F64\",",
        "\"shape\":[0],",
        "\"a\":{},",
        "\"__metadata__\":{\"a\":\"b\"},",
        "\n",
        "\0",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_a_file_is_turned_into_it_opens_or_is_refused_as_malformed(long seed)
    {
        RandomStream random = new(seed);
        byte[][] originals =
        [
            One("F32", "[2,2]", "[0,16]", 16),
            One("F16", "[]", "[0,2]", 2),
            Of("{\"__metadata__\":{\"format\":\"pt\"}}"),
            Of(
                "{"
                    + Line("\"a\"", "I64", "[2]", "[0,16]")
                    + ","
                    + Line("\"b\"", "U64", "[1]", "[16,24]")
                    + ","
                    + Line("\"c\"", "F8_E5M2", "[3,0]", "[24,24]")
                    + "}  ",
                24
            ),
        ];
        Stopwatch watch = Stopwatch.StartNew();
        int opened = 0;
        for (int i = 0; i < Inputs; i++)
        {
            byte[] file = Mutate(originals[random.Next(originals.Length)], random);
            bool fromMemory = Opens(() => SafetensorsFile.Read(file), file, seed, i);
            using MemoryStream stream = new(file);
            bool fromStream = Opens(() => SafetensorsFile.Read(stream), file, seed, i);
            Assert.True(fromMemory == fromStream, Describe(file, seed, i));
            opened += fromMemory ? 1 : 0;
        }
        // A fuzz that only ever breaks the first byte proves nothing, and neither does one that breaks nothing.
        Assert.InRange(opened, Inputs / 100, Inputs * 9 / 10);
        // About 1 s; the bound is against quadratic behaviour, not against a busy machine.
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), $"{watch.Elapsed}");
    }

    private static bool Opens(Func<SafetensorsFile> open, byte[] bytes, long seed, int input)
    {
        try
        {
            using SafetensorsFile file = open();
            foreach (Tensor tensor in file.Tensors)
            {
                ReadAll(tensor);
            }
            return true;
        }
        catch (MalformedFileException)
        {
            return false;
        }
        catch (Exception other)
        {
            throw new InvalidOperationException(Describe(bytes, seed, input), other);
        }
    }

    private static void ReadAll(Tensor tensor)
    {
        Assert.Equal(tensor.ByteLength, tensor.ToBytes().Length);
        try
        {
            Assert.Equal(tensor.Count, tensor.ToDoubles().Length);
        }
        catch (InvalidOperationException)
        {
            Assert.StartsWith("F8", tensor.Dtype.Name, StringComparison.Ordinal);
        }
        catch (OverflowException)
        {
            Assert.EndsWith("64", tensor.Dtype.Name, StringComparison.Ordinal);
        }
    }

    private static byte[] Mutate(byte[] original, RandomStream random)
    {
        List<byte> file = [.. original];
        bool repairLength = random.Next(4) > 0;
        int header = BitConverter.ToInt32(original);
        int changes = 1 + random.Next(3);
        for (int change = 0; change < changes && file.Count > 8; change++)
        {
            int at = 8 + random.Next(file.Count - 8);
            switch (random.Next(6))
            {
                case 0:
                    file[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    file[at] = (byte)random.Next(256);
                    break;
                case 2:
                    file[random.Next(8)] = (byte)random.Next(256);
                    repairLength = false;
                    break;
                case 3:
                    file.RemoveRange(at, 1 + random.Next(Math.Min(8, file.Count - at)));
                    break;
                case 4:
                    byte[] splice = Encoding.ASCII.GetBytes(Splices[random.Next(Splices.Length)]);
                    file.InsertRange(at, splice);
                    header += at < 8 + header ? splice.Length : 0;
                    break;
                default:
                    int from = 8 + random.Next(file.Count - 8);
                    List<byte> part = file.GetRange(from, random.Next(file.Count - from));
                    file.InsertRange(at, part);
                    header += at < 8 + header ? part.Count : 0;
                    break;
            }
        }
        byte[] bytes = [.. file];
        if (repairLength && bytes.Length >= 8)
        {
            // Otherwise nearly every change of length would be caught by the first check alone.
            BitConverter.TryWriteBytes(bytes, (long)header);
        }
        return bytes;
    }

    private static string Describe(byte[] file, long seed, int input) => $"seed {seed}, input {input}: {Convert.ToBase64String(file)}";
}
