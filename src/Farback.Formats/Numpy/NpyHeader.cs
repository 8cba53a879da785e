using System.Globalization;
using System.Text;

namespace Farback.Formats.Numpy;

/// <summary>What stands before the numbers of a numpy array: their type, order and shape, read by a grammar and never evaluated.</summary>
/// <remarks>
///   \x93NUMPY · major, minor · header length (u16 in version 1, u32 in 2 and 3) · a dictionary of exactly descr, fortran_order and shape, in
///   Python's spelling. Source: numpy's own description, numpy.lib.format.
/// </remarks>
internal sealed class NpyHeader
{
    private const int MagicBytes = 6,
        LongestHeader = 1 << 16,
        MostRank = 32;
    private const string Expected = "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }";

    private readonly string _file;
    private readonly string _text;
    private readonly long _textBegin;
    private int _at;

    private NpyHeader(string file, string text, long textBegin) => (_file, _text, _textBegin) = (file, text, textBegin);

    /// <summary>The type in numpy's words: &lt;f8.</summary>
    public string Descr { get; private set; } = "";

    /// <summary>Whether the first index runs fastest.</summary>
    public bool IsFortran { get; private set; }

    /// <summary>The sizes.</summary>
    public long[] Shape { get; private set; } = [];

    /// <summary>Where the numbers begin, from the array's first byte.</summary>
    public long DataBegin { get; private set; }

    /// <summary>The type where its elements are read here; null for texts, dates, complex and structured ones, which are only listed.</summary>
    public Dtype? Dtype =>
        Descr.TrimStart('<', '>', '|', '=') switch
        {
            "b1" => Dtype.Bool,
            "u1" => Dtype.U8,
            "i1" => Dtype.I8,
            "u2" => Dtype.U16,
            "i2" => Dtype.I16,
            "u4" => Dtype.U32,
            "i4" => Dtype.I32,
            "u8" => Dtype.U64,
            "i8" => Dtype.I64,
            "f2" => Dtype.F16,
            "f4" => Dtype.F32,
            "f8" => Dtype.F64,
            _ => null,
        };

    /// <summary>Whether elements have their highest byte first.</summary>
    public bool IsBigEndian => Descr[0] == '>';

    /// <summary>Whether bytes begin as an array's.</summary>
    public static bool Begins(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Magic);

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Reads and checks a header.</summary>
    /// <param name="file">What to call the file.</param>
    /// <param name="source">The array from offset 0.</param>
    /// <param name="length">How many bytes there are.</param>
    public static NpyHeader Read(string file, ByteSource source, long length)
    {
        var reader = new BytesReader(file, source, 0, length);
        if (!reader.Span(MagicBytes, "the first bytes").SequenceEqual(Magic))
            throw new MalformedFileException(file, "the array does not begin with \\x93NUMPY", "a numpy array");
        (byte major, byte minor) = (reader.Byte("the version"), reader.Byte("the version"));
        if (major is not (1 or 2 or 3) || minor != 0)
            throw new MalformedFileException(file, $"the array has version {major}.{minor} at byte {MagicBytes}", "1.0, 2.0 or 3.0");
        uint size = major == 1 ? reader.U16("the header's length") : reader.U32("the header's length");
        if (size > LongestHeader)
            throw new MalformedFileException(file, $"the header's length is {size}", $"at most {LongestHeader} bytes");
        long begin = reader.At;
        string text = Encoding.Latin1.GetString(reader.Bytes(size, "the header"));
        var header = new NpyHeader(file, text, begin) { DataBegin = reader.At };
        header.ReadDictionary();
        header.CheckSize(length);
        return header;
    }

    private void ReadDictionary()
    {
        HashSet<string> seen = [];
        Take('{');
        while (!Try('}'))
        {
            int keyAt = _at;
            string key = Quoted();
            Take(':');
            if (!seen.Add(key))
                throw Fault(keyAt, $"the header has {MalformedFileException.Quote(key)} twice");
            switch (key)
            {
                case "descr":
                    Descr = ReadDescr();
                    break;
                case "fortran_order":
                    IsFortran = Word("True") || (Word("False") ? false : throw Fault(_at, "fortran_order is neither True nor False"));
                    break;
                case "shape":
                    Shape = ReadShape();
                    break;
                default:
                    throw Fault(keyAt, $"the header has the key {MalformedFileException.Quote(key)}");
            }
            if (!Try(','))
            {
                Take('}');
                break;
            }
        }
        Blanks();
        if (_at < _text.Length)
            throw Fault(_at, "the header goes on behind its dictionary");
        if (seen.Count != 3)
            throw Fault(0, "the header lacks descr, fortran_order or shape");
    }

    private string ReadDescr()
    {
        Blanks();
        if (_at < _text.Length && _text[_at] == '[')
            throw new MalformedFileException(_file, $"the array has several fields at byte {_textBegin + _at}", "plain numbers");
        int at = _at;
        string descr = Quoted();
        if (descr.Contains('O', StringComparison.Ordinal))
            throw new MalformedFileException(
                _file,
                $"the array holds Python objects (descr {MalformedFileException.Quote(descr)} at byte {_textBegin + at}), which are pickles and would be run",
                "plain numbers"
            );
        if (descr.Length < 2 || descr[0] is not ('<' or '>' or '|' or '=') || !char.IsAsciiLetter(descr[1]) || SizeOf(descr) is null)
            throw Fault(at, $"the descr is {MalformedFileException.Quote(descr)}");
        return descr;
    }

    // bytes of an element: the number in the type's name, times four for text
    private static long? SizeOf(string descr)
    {
        string digits = new([.. descr.Skip(2).TakeWhile(char.IsAsciiDigit)]);
        if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            return null;
        return descr[1] == 'U' ? 4L * number : number;
    }

    private long[] ReadShape()
    {
        List<long> sizes = [];
        Take('(');
        while (!Try(')'))
        {
            Blanks();
            int at = _at;
            while (_at < _text.Length && char.IsAsciiDigit(_text[_at]))
                _at++;
            if (!long.TryParse(_text.AsSpan(at, _at - at), NumberStyles.None, CultureInfo.InvariantCulture, out long size))
                throw Fault(at, "the shape holds something other than a size");
            sizes.Add(size);
            _ = _at < _text.Length && _text[_at] == 'L' && _at++ > 0; // Python 2 wrote 3L
            if (!Try(','))
            {
                Take(')');
                break;
            }
        }
        return sizes.Count <= MostRank ? [.. sizes] : throw Fault(_at, $"the shape has {sizes.Count} sizes");
    }

    private void CheckSize(long length)
    {
        long size = Dtype?.Bytes ?? SizeOf(Descr)!.Value;
        if (Tensor.Product(Shape) is not { } count || (Int128)count * size != length - DataBegin)
            throw new MalformedFileException(
                _file,
                $"there are {length - DataBegin} bytes behind the header at byte {DataBegin}",
                $"as many as {Descr} of shape {Tensor.Describe(Shape)} takes"
            );
    }

    private void Blanks()
    {
        while (_at < _text.Length && _text[_at] is ' ' or '\n' or '\t')
            _at++;
    }

    private bool Try(char wanted)
    {
        Blanks();
        if (_at >= _text.Length || _text[_at] != wanted)
            return false;
        _at++;
        return true;
    }

    private void Take(char wanted)
    {
        if (!Try(wanted))
            throw Fault(_at, $"the header has no '{wanted}' where one belongs");
    }

    private bool Word(string word)
    {
        Blanks();
        if (string.CompareOrdinal(_text, _at, word, 0, word.Length) != 0)
            return false;
        _at += word.Length;
        return true;
    }

    private string Quoted()
    {
        Blanks();
        char quote = _at < _text.Length ? _text[_at] : '\0';
        int end = quote is '\'' or '"' ? _text.IndexOf(quote, _at + 1) : -1;
        if (end < 0)
            throw Fault(_at, "the header has no text where one belongs");
        string text = _text[(_at + 1)..end];
        if (text.Contains('\\', StringComparison.Ordinal))
            throw Fault(_at, "the header has an escape in a text");
        _at = end + 1;
        return text;
    }

    private MalformedFileException Fault(int at, string found) =>
        new(_file, $"{found}, at byte {_textBegin + at}", $"a header such as {Expected}");
}
