using System.Text;

namespace Farback.Formats.Tests.Data;

public sealed class BadBytesTests : OwnFiles
{
    private static readonly string[] Names = ["a.txt", "a.tsv", "a.csv", "a.conllu", "a.ts", "a.jsonl"];

    // a first line of six bytes that the reader of that name passes over
    private static string Harmless(string name) =>
        Path.GetExtension(name) switch
        {
            ".txt" => "prose\n",
            ".csv" => "ab,cd\n",
            ".conllu" or ".ts" => "#abcd\n",
            _ => "     \n",
        };

    [Fact]
    public void An_empty_file_is_refused_whatever_its_name()
    {
        foreach (string name in Names)
        {
            Assert.Equal($"{name}: the file is empty; expected data.", Refusal(Bytes(name, [])));
            Assert.Equal($"{name}: the file is empty; expected data.", Refusal(Bytes(name, [0xEF, 0xBB, 0xBF])));
        }
    }

    [Fact]
    public void A_file_of_blank_lines_is_refused_whatever_its_name()
    {
        foreach (string name in Names)
            Assert.StartsWith($"{name}: ", Refusal(Text(name, "\n \r\n\n")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_byte_that_is_no_utf8_is_named_with_its_offset_and_line()
    {
        foreach (string name in Names)
            Assert.Equal(
                $"{name}: line 2: byte 0xF6 at offset 8 is no UTF-8; expected UTF-8 text: convert it, for example with iconv -f ISO-8859-1 -t UTF-8.",
                Refusal(Bytes(name, [.. Encoding.ASCII.GetBytes(Harmless(name) + "gr"), 0xF6, .. "er,1\n"u8]))
            );
    }

    [Fact]
    public void A_character_cut_off_at_the_end_is_no_utf8() =>
        Assert.StartsWith(
            "cut.txt: line 1: byte 0xE2 at offset 30 is no UTF-8",
            Refusal(Bytes("cut.txt", [.. new byte[30].Select(_ => (byte)'x'), 0xE2, 0x80])),
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("utf-16", "UTF-16 (little endian)", "UTF-16")]
    [InlineData("utf-16BE", "UTF-16 (big endian)", "UTF-16")]
    [InlineData("utf-32", "UTF-32 (little endian)", "UTF-32")]
    public void Wide_characters_are_recognised_by_their_mark_and_the_way_out_is_named(string encoding, string name, string from)
    {
        Encoding wide = Encoding.GetEncoding(encoding);
        foreach (string file in Names)
            Assert.Equal(
                $"{file}: the text is {name}, by its byte order mark; expected UTF-8: convert it with iconv -f {from} -t UTF-8.",
                Refusal(Bytes(file, [.. wide.GetPreamble(), .. wide.GetBytes("a,b\n1,2\n")]))
            );
    }

    [Fact]
    public void A_nul_byte_is_refused_with_its_line()
    {
        foreach (string name in Names)
            Assert.Equal(
                $"{name}: line 2: a NUL byte at offset 6; expected text, where NUL bytes do not occur (is the file binary, or UTF-16 without a byte order mark?).",
                Refusal(Text(name, Harmless(name) + "\0,1\n"))
            );
    }

    [Fact]
    public void A_line_of_examples_that_never_ends_is_refused_before_it_fills_the_memory()
    {
        string path = Bytes("endless.csv", [.. Enumerable.Repeat((byte)'1', 20 << 20)]);
        Assert.StartsWith("endless.csv: line 1: the line is longer than 16777216 bytes", Refusal(path), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_does_not_exist_is_said_to_be_missing() =>
        Assert.Contains(
            "there is no such file or folder",
            Assert.Throws<FileNotFoundException>(() => DataFile.Open("nowhere/nothing.txt")).Message,
            StringComparison.Ordinal
        );
}
