using System.Globalization;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Farback.Formats.Caffe;

/// <summary>Reads protobuf's text format (.prototxt) into a message: key: value, key { … }, lists, comments, texts in either quotes.</summary>
/// <remarks>Fields that the message does not have are passed over and counted. Depth and the number of fields are bounded.</remarks>
internal sealed class TextFormat
{
    private const int Deepest = 64,
        MostFields = 1_000_000,
        LongestText = 1 << 16;

    private readonly string _file,
        _text;
    private int _at,
        _line = 1,
        _fields;

    private TextFormat(string file, string text) => (_file, _text) = (file, text);

    /// <summary>Reads a whole text.</summary>
    /// <returns>How many fields were passed over.</returns>
    /// <exception cref="MalformedFileException">It is no such text; the sentence names the line.</exception>
    public static int Merge(string file, ReadOnlySpan<byte> bytes, IMessage message)
    {
        string text;
        try
        {
            text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw new MalformedFileException(file, "it is not UTF-8", "protobuf's text format (.prototxt)");
        }
        var reader = new TextFormat(file, text.TrimStart('\uFEFF'));
        int unknown = 0;
        reader.Fields(message, message.Descriptor, '\0', 0, ref unknown);
        return unknown;
    }

    private void Fields(IMessage? message, MessageDescriptor? type, char end, int depth, ref int unknown)
    {
        if (depth > Deepest)
            throw Fault($"more than {Deepest} levels of braces", "fewer");
        while (true)
        {
            Space();
            if (_at == _text.Length)
            {
                if (end == '\0')
                    return;
                throw Fault("the text ends inside of braces", $"{end}");
            }
            if (_text[_at] == end)
            {
                _at++;
                return;
            }
            if (++_fields > MostFields)
                throw Fault($"more than {MostFields:N0} fields", "fewer");
            string name = Word("the name of a field");
            FieldDescriptor? field = type?.FindFieldByName(name);
            if (field is null && type is not null)
                unknown++;
            Space();
            bool colon = Take(':');
            Space();
            if (Take('['))
            {
                for (Space(); !Take(']'); Space())
                {
                    Value(message, field, depth, true, ref unknown);
                    Space();
                    Take(',');
                }
            }
            else
                Value(message, field, depth, colon, ref unknown);
            Space();
            if (!Take(','))
                Take(';');
        }
    }

    private void Value(IMessage? message, FieldDescriptor? field, int depth, bool colon, ref int unknown)
    {
        Space();
        if (_at < _text.Length && _text[_at] is '{' or '<')
        {
            char end = _text[_at++] == '{' ? '}' : '>';
            if (field is not null && field.FieldType != FieldType.Message)
                throw Fault($"{field.Name} holds fields", "one value");
            IMessage? inner = field?.MessageType.Parser.ParseFrom(ReadOnlySpan<byte>.Empty.ToArray());
            if (field is { IsRepeated: false } && message is not null && field.Accessor.GetValue(message) is IMessage there)
                inner = there;
            Fields(inner, field?.MessageType, end, depth + 1, ref unknown);
            if (inner is not null)
                Set(message!, field!, inner);
            return;
        }
        if (!colon)
            throw Fault("a value without a colon before it", "a colon, or braces");
        if (_at < _text.Length && _text[_at] is '"' or '\'')
        {
            string text = Quoted();
            if (field is null)
                return;
            if (field.FieldType != FieldType.String)
                throw Fault($"{field.Name} is a text", $"{field.FieldType.ToString().ToLowerInvariant()}");
            Set(message!, field, text);
            return;
        }
        string word = Word("a value");
        if (field is not null)
            Set(message!, field, Scalar(field, word));
    }

    private object Scalar(FieldDescriptor field, string word)
    {
        const NumberStyles Whole = NumberStyles.AllowLeadingSign;
        CultureInfo culture = CultureInfo.InvariantCulture;
        switch (field.FieldType)
        {
            case FieldType.Bool when word is "true" or "t" or "1":
                return true;
            case FieldType.Bool when word is "false" or "f" or "0":
                return false;
            case FieldType.Int32 when int.TryParse(word, Whole, culture, out int small):
                return small;
            case FieldType.Int64 when long.TryParse(word, Whole, culture, out long large):
                return large;
            case FieldType.UInt32 when uint.TryParse(word, Whole, culture, out uint size):
                return size;
            case FieldType.Float when Number(word) is { } real:
                return (float)real;
            case FieldType.Double when Number(word) is { } real:
                return real;
            case FieldType.Enum when field.EnumType.FindValueByName(word) is { } named:
                return named.Number;
            default:
                throw Fault($"{field.Name} is {MalformedFileException.Quote(word)}", field.FieldType.ToString().ToLowerInvariant());
        }
    }

    private static double? Number(string word) =>
        word.TrimEnd('f', 'F') is var digits && double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            ? number
        : word.TrimStart('-') is "inf" or "infinity"
            ? word[0] == '-' ? double.NegativeInfinity
                : double.PositiveInfinity
        : word == "nan" ? double.NaN
        : null;

    private static void Set(IMessage message, FieldDescriptor field, object value)
    {
        if (field.IsRepeated)
            ((System.Collections.IList)field.Accessor.GetValue(message)).Add(
                field.FieldType == FieldType.Enum ? Enum.ToObject(field.EnumType.ClrType, value) : value
            );
        else
            field.Accessor.SetValue(message, field.FieldType == FieldType.Enum ? Enum.ToObject(field.EnumType.ClrType, value) : value);
    }

    // adjacent texts are one
    private string Quoted()
    {
        var text = new StringBuilder();
        while (_at < _text.Length && _text[_at] is '"' or '\'')
        {
            char quote = _text[_at++];
            while (true)
            {
                if (_at == _text.Length || _text[_at] == '\n')
                    throw Fault("a text without its closing quote", $"{quote}");
                char next = _text[_at++];
                if (next == quote)
                    break;
                text.Append(next == '\\' ? Escaped() : next);
                if (text.Length > LongestText)
                    throw Fault($"a text of more than {LongestText} characters", "a shorter one");
            }
            Space();
        }
        return text.ToString();
    }

    private char Escaped()
    {
        if (_at == _text.Length)
            throw Fault("a text that ends in a backslash", "a character after it");
        char next = _text[_at++];
        switch (next)
        {
            case 'n':
                return '\n';
            case 't':
                return '\t';
            case 'r':
                return '\r';
            case 'x' or 'X' or (>= '0' and <= '7'):
                int radix = next is 'x' or 'X' ? 16 : 8,
                    most = radix == 16 ? 2 : 3,
                    value = 0;
                if (radix == 8)
                    _at--;
                for (int i = 0; i < most && _at < _text.Length && Digit(_text[_at]) < radix; i++)
                    value = value * radix + Digit(_text[_at++]);
                return (char)(value & 0xFF);
            default:
                return next;
        }
    }

    private static int Digit(char c) =>
        char.IsAsciiDigit(c) ? c - '0'
        : char.IsAsciiHexDigit(c) ? char.ToLowerInvariant(c) - 'a' + 10
        : 99;

    private string Word(string what)
    {
        int begin = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] is '_' or '.' or '-' or '+'))
            _at++;
        if (_at - begin is 0 or > 256)
            throw Fault(
                _at == _text.Length
                    ? "the text ends"
                    : $"{MalformedFileException.Quote(_text.Substring(begin, Math.Min(1, _text.Length - begin)))}",
                what
            );
        return _text[begin.._at];
    }

    private bool Take(char c)
    {
        if (_at == _text.Length || _text[_at] != c)
            return false;
        _at++;
        return true;
    }

    private void Space()
    {
        for (; _at < _text.Length; _at++)
        {
            if (_text[_at] == '#')
                while (_at + 1 < _text.Length && _text[_at + 1] != '\n')
                    _at++;
            else if (_text[_at] == '\n')
                _line++;
            else if (!char.IsWhiteSpace(_text[_at]))
                return;
        }
    }

    private MalformedFileException Fault(string found, string expected) => MalformedFileException.AtLine(_file, _line, found, expected);
}
