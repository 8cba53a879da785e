using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Farback.Formats.Tests;

/// <summary>The arrays of numpy's archives that hold expected values: little endian, row by row.</summary>
internal static partial class Npz
{
    public static (int[] Shape, double[] Numbers) Read(string file, string array)
    {
        using ZipArchive archive = ZipFile.OpenRead(file);
        using var content = new MemoryStream();
        using (Stream stream = archive.GetEntry($"{array}.npy")!.Open())
            stream.CopyTo(content);
        ReadOnlySpan<byte> bytes = content.ToArray();
        int header = bytes[8] | bytes[9] << 8;
        string text = Encoding.ASCII.GetString(bytes.Slice(10, header));
        int[] shape =
        [
            .. Numbers()
                .Matches(Shape().Match(text).Groups[1].Value)
                .Select(number => int.Parse(number.Value, CultureInfo.InvariantCulture)),
        ];
        ReadOnlySpan<byte> data = bytes[(10 + header)..];
        return (
            shape,
            Type().Match(text).Groups[1].Value switch
            {
                "<f4" => Array.ConvertAll(MemoryMarshal.Cast<byte, float>(data).ToArray(), number => (double)number),
                "<f8" => MemoryMarshal.Cast<byte, double>(data).ToArray(),
                "<i4" => Array.ConvertAll(MemoryMarshal.Cast<byte, int>(data).ToArray(), number => (double)number),
                "<i8" => Array.ConvertAll(MemoryMarshal.Cast<byte, long>(data).ToArray(), number => (double)number),
                string other => throw new NotSupportedException(other),
            }
        );
    }

    [GeneratedRegex("'shape': \\(([^)]*)\\)")]
    private static partial Regex Shape();

    [GeneratedRegex("'descr': '([^']*)'")]
    private static partial Regex Type();

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Numbers();
}
