using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using static Farback.Formats.Tests.Safetensors.SafetensorsBytes;

namespace Farback.Formats.Tests.Safetensors;

public sealed class HostileHeaderTests
{
    [Fact]
    public void An_empty_file_is_refused_as_empty() => Assert.Contains("the file is empty", Refusal([]));

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void A_file_that_ends_in_its_first_eight_bytes_is_refused(int length) =>
        Assert.Contains($"ends at byte {length}", Refusal(new byte[length]));

    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL)]
    [InlineData(100_000_001UL)]
    [InlineData(0xFFFF_FF00_0000_003CUL)]
    [InlineData(0x8000_0000_0000_0000UL)]
    [InlineData(ulong.MaxValue)]
    [InlineData(ulong.MaxValue - 7)]
    public void A_header_length_outside_the_format_is_refused_with_the_number_found(ulong length)
    {
        byte[] file = Of("{}");
        BinaryPrimitives.WriteUInt64LittleEndian(file, length);
        Assert.Contains($"header's length at byte 0 is {length}", Refusal(file));
    }

    [Fact]
    public void A_header_longer_than_the_file_is_refused()
    {
        byte[] file = Of("{}");
        BinaryPrimitives.WriteUInt64LittleEndian(file, 100_000_000);
        Assert.Contains("ends at byte 10, inside the header", Refusal(file));
    }

    [Fact]
    public void Every_prefix_of_a_good_file_is_refused()
    {
        byte[] file = One("F32", "[2,2]", "[0,16]", 16);
        for (int length = 0; length < file.Length; length++)
        {
            Refusal(file[..length]);
        }
        using SafetensorsFile whole = SafetensorsFile.Read(file);
        Assert.Equal(4, whole["a"].Count);
    }

    [Fact]
    public void A_byte_behind_the_last_tensor_is_refused() =>
        Assert.Contains("behind the last tensor", Refusal(One("U8", "[3]", "[0,3]", 4)));

    [Theory]
    [InlineData("", "begins with")]
    [InlineData("{\"a\":", "")]
    [InlineData("[]", "")]
    [InlineData("{\"__metadata__\":{\"a\":", "")]
    [InlineData("{\"__metadata__\":", "__metadata__ is an array")]
    public void A_hundred_thousand_brackets_are_refused_and_not_followed(string before, string sentence) =>
        Assert.Contains(
            sentence,
            Refusal(Of(before + new string('[', 100_000) + new string(']', 100_000) + (before.Length > 2 ? "}" : "")))
        );

    [Theory]
    [InlineData(new byte[] { (byte)'{', 0xFF, (byte)'}' }, 9)]
    [InlineData(new byte[] { 0xFF, (byte)'}' }, 8)]
    [InlineData(new byte[] { (byte)'{', (byte)'"', 0xC0, 0x80, (byte)'"', (byte)'}' }, 10)]
    [InlineData(new byte[] { (byte)'{', (byte)'"', 0xED, 0xA0, 0x80, (byte)'"', (byte)'}' }, 10)]
    [InlineData(new byte[] { (byte)'{', (byte)'"', 0xE2, 0x82 }, 10)]
    public void Invalid_utf8_is_refused_with_its_offset(byte[] header, int offset) =>
        Assert.Contains($"not UTF-8 at byte {offset}", Refusal(Of(header)));

    [Theory]
    [InlineData("{} x", 11)]
    [InlineData("{}{}", 10)]
    [InlineData("{}\0\0", 10)]
    [InlineData("{\n\n  x}", 13)]
    [InlineData("{/**/}", 9)]
    [InlineData("{\"a\":{},}", 0)]
    [InlineData("{\"a\" {}}", 13)]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[01]", 0)]
    [InlineData("{\"a\":{\"shape\":[NaN]}}", 0)]
    [InlineData("{\"a\nb\":{}}", 0)]
    [InlineData("{{", 9)]
    public void What_is_not_json_is_refused_with_its_offset(string header, int offset)
    {
        string sentence = Refusal(Of(header));
        if (offset > 0)
        {
            Assert.Contains($"stops being JSON at byte {offset}", sentence);
        }
    }

    [Theory]
    [InlineData(" {}")]
    [InlineData("\ufeff{}")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    public void A_header_that_does_not_begin_with_a_brace_is_refused(string header) =>
        Assert.Contains("begins with 0x", Refusal(Of(header)));

    [Fact]
    public void Half_a_surrogate_pair_is_refused() => Assert.Contains("surrogate", Refusal(Of("{\"\\ud800\":{}}")));

    [Theory]
    [InlineData("{\"a\":1}", "tensor \"a\" is a number")]
    [InlineData("{\"a\":null}", "tensor \"a\" is null")]
    [InlineData("{\"a\":{}}", "has no dtype")]
    [InlineData("{\"a\":{\"dtype\":\"F32\"}}", "has no shape")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[]}}", "has no data_offsets")]
    [InlineData("{\"a\":{\"dtype\":7}}", "a number as dtype")]
    [InlineData("{\"a\":{\"dtype\":\"f32\"}}", "the dtype \"f32\"")]
    [InlineData("{\"a\":{\"dtype\":\"F4\"}}", "the dtype \"F4\"")]
    [InlineData("{\"a\":{\"dtype\":\"C64\"}}", "the dtype \"C64\"")]
    [InlineData("{\"a\":{\"shape\":{}}}", "an object as shape")]
    [InlineData("{\"a\":{\"shape\":[[]]}}", "an array in shape")]
    [InlineData("{\"a\":{\"shape\":[\"1\"]}}", "a text in shape")]
    [InlineData("{\"a\":{\"strides\":[1]}}", "the key \"strides\"")]
    [InlineData("{\"__metadata__\":{\"a\":1}}", "__metadata__ \"a\" is a number")]
    [InlineData("{\"__metadata__\":null}", "__metadata__ is null")]
    [InlineData("{\"__metadata__\":{\"a\":{\"b\":\"c\"}}}", "__metadata__ \"a\" is an object")]
    public void A_header_of_another_form_is_refused_with_what_was_found(string header, string found) =>
        Assert.Contains(found, Refusal(Of(header)));

    [Theory]
    [InlineData("-1", "-1 in shape")]
    [InlineData("-0", "-0 in shape")]
    [InlineData("1.0", "1.0 in shape")]
    [InlineData("1e0", "1e0 in shape")]
    [InlineData("9223372036854775808", "9223372036854775808 in shape")]
    [InlineData("18446744073709551617", "18446744073709551617 in shape")]
    [InlineData("true", "a truth value in shape")]
    public void A_size_is_a_whole_number_in_plain_digits(string size, string found) =>
        Assert.Contains(found, Refusal(One("U8", $"[{size}]", "[0,1]", 1)));

    [Fact]
    public void A_number_of_a_million_digits_is_refused_in_a_short_sentence() =>
        Assert.True(Refusal(One("U8", $"[{new string('9', 1_000_000)}]", "[0,1]", 1)).Length < 400);

    [Theory]
    [InlineData("I32", "[4294967296,4294967296,4]", "[0,16]")]
    [InlineData("U8", "[9223372036854775807,3]", "[0,16]")]
    [InlineData("U8", "[4294967296,4294967297]", "[0,16]")]
    [InlineData("F64", "[2305843009213693954]", "[0,16]")]
    public void A_shape_whose_product_wraps_around_is_refused(string dtype, string shape, string offsets) =>
        Assert.Contains("tensor \"a\" of", Refusal(One(dtype, shape, offsets, 16)));

    [Theory]
    [InlineData("F32", "[2,2]", "[0,15]")]
    [InlineData("F32", "[2,2]", "[0,8]")]
    [InlineData("F64", "[]", "[0,4]")]
    [InlineData("F64", "[0]", "[0,16]")]
    [InlineData("U8", "[1000000000000]", "[0,16]")]
    public void Bytes_that_do_not_fill_the_shape_are_refused(string dtype, string shape, string offsets) =>
        Assert.Contains("bytes between the offsets", Refusal(One(dtype, shape, offsets, 16)));

    [Theory]
    [InlineData("[]")]
    [InlineData("[0]")]
    [InlineData("[0,4,4]")]
    [InlineData("[4,0]")]
    public void Offsets_are_two_and_in_order(string offsets) => Assert.Contains("data_offsets", Refusal(One("U8", "[4]", offsets, 4)));

    [Fact]
    public void A_file_as_large_as_the_header_says_must_be_there() =>
        Assert.Contains("too early", Refusal(One("U8", "[9223372036854775807]", "[0,9223372036854775807]", 16)));

    [Fact]
    public void A_hole_is_refused_with_both_tensors()
    {
        string sentence = Refusal(Of("{" + Line("\"a\"", "U8", "[1]", "[0,1]") + "," + Line("\"b\"", "U8", "[1]", "[2,3]") + "}", 3));
        Assert.Contains("hole lies before tensor \"b\", which begins at data offset 2; expected 1, where tensor \"a\" ends", sentence);
    }

    [Fact]
    public void A_hole_in_front_of_the_first_tensor_is_refused() =>
        Assert.Contains("expected 0, where the data starts", Refusal(One("U8", "[1]", "[1,2]", 2)));

    [Fact]
    public void An_overlap_is_refused_with_both_tensors()
    {
        string sentence = Refusal(Of("{" + Line("\"a\"", "U8", "[2]", "[0,2]") + "," + Line("\"b\"", "U8", "[2]", "[1,3]") + "}", 3));
        Assert.Contains("tensor \"b\" overlaps another and begins at data offset 1; expected 2, where tensor \"a\" ends", sentence);
    }

    [Fact]
    public void A_hundred_thousand_overlapping_tensors_are_refused_in_bounded_time()
    {
        StringBuilder header = new("{");
        for (int i = 0; i < 100_000; i++)
        {
            header.Append(i == 0 ? "" : ",").Append(Line($"\"w{i}\"", "F32", "[2,2]", "[0,16]"));
        }
        byte[] file = Of(header.Append('}').ToString(), 16);
        Stopwatch watch = Stopwatch.StartNew();
        Assert.Contains("overlaps another", Refusal(file));
        // Three doors at about 0.1 s each; comparing every pair would be 10¹⁰ steps. The bound leaves room for a busy machine.
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"{watch.Elapsed}");
    }

    [Theory]
    [InlineData("\"a\"", "\"a\"")]
    [InlineData("\"a\"", "\"\\u0061\"")]
    [InlineData("\"\\u00e9\"", "\"é\"")]
    public void A_name_that_stands_twice_is_refused_however_it_is_spelled(string first, string second) =>
        Assert.Contains(
            "stands twice",
            Refusal(Of("{" + Line(first, "U8", "[1]", "[0,1]") + "," + Line(second, "U8", "[1]", "[1,2]") + "}", 2))
        );

    [Theory]
    [InlineData("{\"__metadata__\":{},\"__metadata__\":{}}")]
    [InlineData("{\"__metadata__\":{\"a\":\"1\",\"a\":\"1\"}}")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"shape\":[0],\"data_offsets\":[0,0]}}")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0],\"data_offsets\":[0,0]}}")]
    public void A_key_that_stands_twice_is_refused(string header) => Assert.Contains("twice", Refusal(Of(header)));

    [Fact]
    public void A_name_that_would_forge_a_message_is_shortened_and_escaped()
    {
        string name = "x\\n\\u001b[31m\\u202e" + new string('y', 100_000);
        string sentence = Refusal(Of("{\"" + name + "\":1}"));
        Assert.Contains("\"x\\u{A}\\u{1B}[31m\\u{202E}y", sentence);
        Assert.True(sentence.Length < 400);
    }

    [Fact]
    public void A_stream_without_an_end_is_refused_soon()
    {
        using EndlessStream stream = new(One("U8", "[4]", "[0,4]", 4));
        Assert.Contains("behind the last", Assert.Throws<MalformedFileException>(() => SafetensorsFile.Read(stream)).Message);
    }

    [Fact]
    public void Ten_kilobytes_cannot_make_the_reader_allocate_a_gigabyte()
    {
        byte[] longHeader = new byte[10_000];
        BinaryPrimitives.WriteUInt64LittleEndian(longHeader, 99_999_999);
        byte[][] files =
        [
            longHeader,
            One("U8", "[2000000000]", "[0,2000000000]", 9_000),
            One("F64", "[9223372036854775807]", "[0,9000]", 9_000),
            Of("{\"a\":{\"dtype\":\"U8\",\"shape\":[" + string.Join(',', Enumerable.Repeat('0', 4_900)) + "]}}"),
            Of("{\"__metadata__\":{" + string.Concat(Enumerable.Range(0, 1_000).Select(i => $"\"{i}\":\"\",")) + "}}"),
        ];
        foreach (byte[] file in files)
        {
            using MemoryStream stream = new(file);
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Throws<MalformedFileException>(() => SafetensorsFile.Read(file));
            Assert.Throws<MalformedFileException>(() => SafetensorsFile.Read(stream));
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            // Two readings. A JSON "0," becomes an eight-byte long in lists that double: some 16 × the file each, and a few blocks of 64 KiB.
            Assert.True(allocated < 1_000_000, $"{allocated} bytes");
        }
    }

    /// <summary>A file, then zeros for ever.</summary>
    private sealed class EndlessStream(byte[] file) : Stream
    {
        private int _at;

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
            // One byte a time, as a slow connection would.
            buffer[0] = _at < file.Length ? file[_at] : (byte)0;
            _at++;
            return 1;
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
