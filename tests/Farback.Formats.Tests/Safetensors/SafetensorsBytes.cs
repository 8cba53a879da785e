using System.Buffers.Binary;
using System.Text;

namespace Farback.Formats.Tests.Safetensors;

/// <summary>Files laid out by hand, so that nothing the writer does can hide what the reader does.</summary>
internal static class SafetensorsBytes
{
    /// <summary>Length, header, and as many bytes of data, counting up from zero.</summary>
    public static byte[] Of(string header, int dataLength = 0) => Of(Encoding.UTF8.GetBytes(header), dataLength);

    /// <summary>Length, header, and as many bytes of data, counting up from zero.</summary>
    public static byte[] Of(ReadOnlySpan<byte> header, int dataLength = 0)
    {
        byte[] file = new byte[8 + header.Length + dataLength];
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        header.CopyTo(file.AsSpan(8));
        for (int i = 0; i < dataLength; i++)
        {
            file[8 + header.Length + i] = (byte)i;
        }
        return file;
    }

    /// <summary>One tensor's line.</summary>
    public static string Line(string name, string dtype, string shape, string offsets) =>
        $$"""{{name}}:{"dtype":"{{dtype}}","shape":{{shape}},"data_offsets":{{offsets}}}""";

    /// <summary>A file with one tensor, a.</summary>
    public static byte[] One(string dtype, string shape, string offsets, int dataLength) =>
        Of("{" + Line("\"a\"", dtype, shape, offsets) + "}", dataLength);

    /// <summary>The refusal, after checking that every way into the file gives the same one.</summary>
    public static string Refusal(byte[] file)
    {
        MalformedFileException first = Assert.Throws<MalformedFileException>(() => SafetensorsFile.Read(file, "hostile"));
        using MemoryStream stream = new(file);
        string fromStream = Assert.Throws<MalformedFileException>(() => SafetensorsFile.Read(stream, "hostile")).Message;
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, file);
            MalformedFileException opened = Assert.Throws<MalformedFileException>(() => SafetensorsFile.Open(path));
            Assert.Equal(path, opened.File);
            Assert.Equal(first.Message.Replace("hostile", path, StringComparison.Ordinal), opened.Message);
        }
        finally
        {
            File.Delete(path);
        }
        // A stream's end is not known before it is reached, so its sentence may stop earlier, but never later.
        Assert.StartsWith("hostile: ", fromStream, StringComparison.Ordinal);
        Assert.StartsWith("hostile: ", first.Message, StringComparison.Ordinal);
        Assert.Contains("; expected ", first.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", first.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', first.Message);
        return first.Message;
    }
}
