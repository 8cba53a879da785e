using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Farback.Formats;

/// <summary>Walks through the characters or words of a text of any size, holding a small buffer of it.</summary>
/// <remarks>
///   A line's end is the token "\n", whether it is written LF or CRLF. A word is a run of letters, digits, marks and underscores in which an
///   apostrophe may follow a letter; every other visible character is a word of its own; blanks only separate. Words are cut at 256
///   characters, so that a file without blanks needs no more memory than any other.
/// </remarks>
internal sealed class TextCursor(string file, SafeFileHandle handle, TextUnit unit, int buffer = 1 << 14)
{
    private const int End = -1;
    private readonly byte[] _bytes = new byte[buffer];
    private readonly char[] _token = new char[LongestWord + 2];
    private long _base;
    private int _at,
        _end;
    private bool _last;

    public const int LongestWord = 256;

    /// <summary>The line of the next character, counted from where the walk began.</summary>
    public long Line { get; private set; } = 1;

    /// <summary>The offset of the byte after the last token.</summary>
    public long Offset => _base + _at;

    /// <summary>Goes to a byte at which a token begins.</summary>
    public void Seek(long offset) => (_base, _at, _end, _last) = (offset, 0, 0, false);

    /// <summary>The next token, valid until the one after; false at the end of the text.</summary>
    public bool Next(out ReadOnlySpan<char> token)
    {
        int rune = Rune();
        if (unit == TextUnit.Words)
            while (rune != End && rune != '\n' && IsBlank(rune))
                rune = Rune();
        if (rune == End)
        {
            token = default;
            return false;
        }
        int size = Put(rune, 0);
        if (unit == TextUnit.Words && IsLetter(rune))
        {
            for (int next = Peek(); next is not End && (next is '\'' or '’' || IsLetter(next)); next = Peek())
            {
                Rune();
                if (size < LongestWord)
                    size = Put(next, size);
            }
        }
        token = _token.AsSpan(0, size);
        return true;
    }

    private int Put(int rune, int size) => size + new Rune(rune).EncodeToUtf16(_token.AsSpan(size));

    private static bool IsBlank(int rune) => rune < 128 ? rune is ' ' or (>= '\t' and <= '\r') : System.Text.Rune.IsWhiteSpace(new(rune));

    private static bool IsLetter(int rune)
    {
        if (rune < 128)
            return rune == '_' || char.IsAsciiLetterOrDigit((char)rune);
        return System.Text.Rune.GetUnicodeCategory(new(rune))
            is <= System.Globalization.UnicodeCategory.OtherNumber // letters, marks and numbers come first among the categories
                or System.Globalization.UnicodeCategory.ConnectorPunctuation;
    }

    private int Peek()
    {
        (int at, long offset, long line) = (_at, _base, Line);
        int rune = Rune();
        // a refill moves the bytes to the front, and the base with them
        (_at, Line) = (at - (int)(_base - offset), line);
        return rune;
    }

    private int Rune()
    {
        if (_end - _at < 4 && !_last)
            Fill();
        if (_at == _end)
            return End;
        byte first = _bytes[_at];
        if (first == '\r' && _at + 1 < _end && _bytes[_at + 1] == '\n')
            first = _bytes[++_at];
        if (first is > 0 and < 128)
        {
            _at++;
            if (first == '\n')
                Line++;
            return first;
        }
        if (first == 0)
            throw DataBytes.Nul(file, Line, Offset);
        if (
            System.Text.Rune.DecodeFromUtf8(_bytes.AsSpan(_at, _end - _at), out Rune rune, out int used)
            != System.Buffers.OperationStatus.Done
        )
            throw DataBytes.Invalid(file, Line, Offset, first);
        _at += used;
        return rune.Value;
    }

    private void Fill()
    {
        _bytes.AsSpan(_at, _end - _at).CopyTo(_bytes);
        (_base, _at, _end) = (_base + _at, 0, _end - _at);
        while (_end < _bytes.Length)
        {
            int read = RandomAccess.Read(handle, _bytes.AsSpan(_end), _base + _end);
            _last = read == 0;
            if (_last)
                break;
            _end += read;
        }
    }
}
