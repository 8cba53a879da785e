using System.Buffers.Binary;
using System.Text;

namespace Farback.Formats.Torch;

/// <summary>Reads a pickle (protocols 2 to 5) as data. It never looks up a type, calls anything, or runs anything.</summary>
/// <remarks>
///   A pickle is a program for a stack machine. Only the opcodes that lists, dictionaries, numbers, texts and tensors need are here; REDUCE,
///   NEWOBJ and BUILD work for the names of <see cref="Globals"/> alone, and each of these has a meaning of its own. Time and memory are
///   bounded by the pickle's length: at most 20,000 values and one for every 8 bytes. Source: Python's pickletools.
/// </remarks>
internal sealed class PickleReader
{
    private const int MostOpcodes = 10_000_000,
        MostValues = 20_000,
        BytesPerValue = 8,
        LongestText = 16 << 20,
        LongestNumber = 255;

    private readonly string _file;
    private readonly BytesReader _bytes;
    private readonly PickleStack _stack;
    private readonly TensorMaker _tensors;
    private long _opcodeAt;

    private PickleReader(string file, BytesReader bytes)
    {
        (_file, _bytes) = (file, bytes);
        _stack = new(MostValues + bytes.Left / BytesPerValue, Fault);
        _tensors = new(Fault);
    }

    /// <summary>Keys that stood twice in a dictionary; the last one won.</summary>
    public int DuplicateKeys { get; private set; }

    /// <summary>Reads one pickle, up to its STOP.</summary>
    /// <param name="file">What to call it in a refusal.</param>
    /// <param name="bytes">The reader; it is left behind the STOP.</param>
    /// <param name="duplicates">How many keys of dictionaries stood twice.</param>
    public static object? Read(string file, BytesReader bytes, out int duplicates)
    {
        var reader = new PickleReader(file, bytes);
        object? value = reader.Run();
        duplicates = reader.DuplicateKeys;
        return value;
    }

    private object? Run()
    {
        for (int opcodes = 0; ; opcodes++)
        {
            if (opcodes > MostOpcodes)
                throw Fault("has too many opcodes", $"at most {MostOpcodes:N0}");
            _opcodeAt = _bytes.At;
            byte opcode = _bytes.Byte("an opcode");
            if (opcode == (byte)'.')
                break;
            Do(opcode);
        }
        return _stack.Result;
    }

    private void Do(byte opcode)
    {
        switch (opcode)
        {
            case 0x80:
                if (_bytes.Byte("the protocol") is var protocol && protocol is < 2 or > 5)
                    throw Fault($"has protocol {protocol}", "2 to 5");
                break;
            case 0x95: // FRAME
                if (_bytes.U64("a frame's length") is var frame && frame > (ulong)_bytes.Left)
                    throw Fault($"has a frame of {frame} bytes", $"at most the {_bytes.Left} that are left");
                break;
            case (byte)'(':
                _stack.Mark();
                break;
            case (byte)'N':
                _stack.Push(null);
                break;
            case 0x88:
                _stack.Push(true);
                break;
            case 0x89:
                _stack.Push(false);
                break;
            case (byte)'J':
                _stack.Push((long)(int)_bytes.U32("a number"));
                break;
            case (byte)'K':
                _stack.Push((long)_bytes.Byte("a number"));
                break;
            case (byte)'M':
                _stack.Push((long)_bytes.U16("a number"));
                break;
            case 0x8a:
                _stack.Push(Long(_bytes.Byte("a number's length")));
                break;
            case 0x8b:
                _stack.Push(Long(_bytes.U32("a number's length")));
                break;
            case (byte)'G':
                _stack.Push(BinaryPrimitives.ReadDoubleBigEndian(_bytes.Span(8, "a number")));
                break;
            case (byte)'X':
                _stack.Push(Text(_bytes.U32("a text's length")));
                break;
            case 0x8c:
                _stack.Push(Text(_bytes.Byte("a text's length")));
                break;
            case 0x8d:
                _stack.Push(Text(_bytes.U64("a text's length")));
                break;
            case (byte)'U':
                _stack.Push(Latin(_bytes.Byte("a text's length")));
                break;
            case (byte)'T':
                _stack.Push(Latin(_bytes.U32("a text's length")));
                break;
            case (byte)'C':
                Bytes(_bytes.Byte("a length"));
                break;
            case (byte)'B':
                Bytes(_bytes.U32("a length"));
                break;
            case 0x8e or 0x96:
                Bytes(_bytes.U64("a length"));
                break;
            case (byte)'q':
                _stack.Memo(_bytes.Byte("a memo's number"));
                break;
            case (byte)'r':
                _stack.Memo(_bytes.U32("a memo's number"));
                break;
            case 0x94:
                _stack.Memo(_stack.Remembered);
                break;
            case (byte)'h':
                _stack.Recall(_bytes.Byte("a memo's number"));
                break;
            case (byte)'j':
                _stack.Recall(_bytes.U32("a memo's number"));
                break;
            case (byte)']':
                _stack.Push(new Items("list", []));
                break;
            case 0x8f:
                _stack.Push(new Items("set", []));
                break;
            case (byte)'}':
                _stack.Push(new Map());
                break;
            case (byte)')':
                _stack.Push(new Items("tuple", []));
                break;
            case (byte)'t':
                _stack.Push(new Items("tuple", _stack.AboveMark()));
                break;
            case 0x91:
                _stack.Push(new Items("set", _stack.AboveMark()));
                break;
            case 0x85 or 0x86 or 0x87:
                _stack.Push(new Items("tuple", _stack.Take(opcode - 0x84)));
                break;
            case (byte)'a':
                object? one = _stack.Pop();
                _stack.Top<Items>("a list").Values.Add(one);
                break;
            case (byte)'e' or 0x90:
                List<object?> more = _stack.AboveMark();
                _stack.Top<Items>("a list").Values.AddRange(more);
                break;
            case (byte)'s':
                SetItems(_stack.Take(2));
                break;
            case (byte)'u':
                SetItems(_stack.AboveMark());
                break;
            case (byte)'c':
                _stack.Push(Global(Line(), Line()));
                break;
            case 0x93:
                List<object?> names = _stack.Take(2);
                if (names is not [string module, string name])
                    throw Fault("has a STACK_GLOBAL of something other than two texts", "a module and a name");
                _stack.Push(Global(module, name));
                break;
            case (byte)'Q':
                _stack.Push(_tensors.StorageOf(_stack.Pop()));
                break;
            case (byte)'R' or 0x81:
                List<object?> call = _stack.Take(2);
                _stack.Push(Call(call[0], call[1]));
                break;
            case (byte)'b':
                Build(_stack.Pop());
                break;
            default:
                throw Fault($"has the opcode {Opcodes.NameOf(opcode)}", "those of data in protocols 2 to 5; this one is not read here");
        }
    }

    private void SetItems(List<object?> pairs)
    {
        if (pairs.Count % 2 != 0)
            throw Fault("has a key without a value", "pairs");
        if (_stack.Peek is Opaque)
            return;
        Map map = _stack.Top<Map>("a dictionary");
        for (int i = 0; i < pairs.Count; i += 2)
            if (!map.Set(KeyOf(pairs[i]), pairs[i + 1]))
                DuplicateKeys++;
    }

    // records compare by what they are; what compares by identity stays a key of its own
    private static object KeyOf(object? key) => key ?? new Opaque("None");

    // ---- names and what they make

    private string Line()
    {
        var line = new StringBuilder();
        for (byte next; (next = _bytes.Byte("a name")) != (byte)'\n'; )
            line.Append(
                line.Length < 512 && next is >= 0x20 and < 0x7f
                    ? (char)next
                    : throw Fault("has a name that is none", "a module, or a name in it")
            );
        return line.ToString();
    }

    private object Global(string module, string name) =>
        Globals.Find(module, name)
        ?? throw new MalformedFileException(_file, $"{Globals.WhyNot(module, name)}, at byte {_opcodeAt}", "tensors in plain containers");

    private object Call(object? function, object? given)
    {
        if (function is not Global global || given is not Items { Kind: "tuple", Values: var arguments })
            throw Fault($"calls {PickleValue.Describe(function)}", "one of the names that make a tensor or a container");
        if (Globals.IsTensor(global))
            return _tensors.TensorOf(global.Name, arguments);
        if (Globals.IsMap(global))
            return MapOf(arguments);
        if (Globals.IsList(global))
            return arguments is [Items items] ? items : new Items("list", []);
        return Globals.StorageType(global) is null
            ? new Opaque($"a {global.Name}")
            : throw Fault($"calls {global.Name}", "a storage by its name among the records");
    }

    // OrderedDict([[key, value], …]) in old files, OrderedDict() in all others
    private Map MapOf(List<object?> arguments)
    {
        var map = new Map();
        if (arguments is [Map given])
            return given;
        if (arguments is [Items pairs])
            foreach (object? pair in pairs.Values)
                if (pair is Items { Values: [var key, var value] } && !map.Set(KeyOf(key), value))
                    DuplicateKeys++;
        return map;
    }

    private void Build(object? state)
    {
        if (_stack.IsEmpty)
            throw Fault("builds nothing", "a value");
        switch (_stack.Peek)
        {
            case Map map:
                // a Namespace has its entries here; an OrderedDict only {"_metadata": versions of modules}
                if (state is Map entries && map.Pairs.Count == 0)
                    foreach ((object key, object? value) in entries.Pairs)
                        if (key is not "_metadata")
                            map.Set(key, value);
                break;
            case Opaque or View or Items:
                break;
            default:
                throw Fault($"builds {PickleValue.Describe(_stack.Peek)}", "a dictionary or a tensor");
        }
    }

    // ---- numbers and texts

    private object Long(uint length)
    {
        if (length > LongestNumber)
            throw Fault($"has a number of {length} bytes", $"at most {LongestNumber}");
        ReadOnlySpan<byte> bytes = _bytes.Span((int)length, "a number");
        if (length > 8)
            return new Opaque($"a number of {length} bytes: {Convert.ToHexString(bytes)}");
        long number = length > 0 && bytes[^1] > 127 ? -1 : 0;
        for (int i = bytes.Length - 1; i >= 0; i--)
            number = number << 8 | bytes[i];
        return number;
    }

    private string Text(ulong length)
    {
        byte[] bytes = Own(length);
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(bytes); // half a surrogate pair, which Python allows; never a tensor's name
        }
    }

    private string Latin(ulong length) => Encoding.Latin1.GetString(Own(length));

    private byte[] Own(ulong length) =>
        length <= LongestText ? _bytes.Bytes(length, "a text") : throw Fault($"has a text of {length} bytes", $"at most {LongestText:N0}");

    private void Bytes(ulong length)
    {
        _bytes.Skip(length, "bytes");
        _stack.Push(new Opaque($"{length} bytes"));
    }

    private MalformedFileException Fault(string found, string expected) => new(_file, $"the pickle {found} at byte {_opcodeAt}", expected);
}
