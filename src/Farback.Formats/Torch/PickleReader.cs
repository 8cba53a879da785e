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
        LongestNumber = 255,
        MostRank = 16,
        Deepest = 256;

    private readonly string _file;
    private readonly BytesReader _bytes;
    private readonly long _length;
    private readonly List<object?> _stack = [];
    private readonly Stack<int> _marks = new();
    private readonly Dictionary<uint, object?> _memo = [];
    private long _values;
    private long _opcodeAt;

    private PickleReader(string file, BytesReader bytes) => (_file, _bytes, _length) = (file, bytes, bytes.Left);

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
        if (_stack.Count != 1 || _marks.Count != 0)
            throw Fault($"stops with {_stack.Count} values and {_marks.Count} marks", "one value");
        return _stack[0];
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
                _marks.Push(_stack.Count);
                if (_marks.Count > Deepest)
                    throw Fault("has too many marks at once", $"at most {Deepest}");
                break;
            case (byte)'N':
                _stack.Add(null);
                Count();
                break;
            case 0x88:
                Push(true);
                break;
            case 0x89:
                Push(false);
                break;
            case (byte)'J':
                Push((long)(int)_bytes.U32("a number"));
                break;
            case (byte)'K':
                Push((long)_bytes.Byte("a number"));
                break;
            case (byte)'M':
                Push((long)_bytes.U16("a number"));
                break;
            case 0x8a:
                Push(Long(_bytes.Byte("a number's length")));
                break;
            case 0x8b:
                Push(Long(_bytes.U32("a number's length")));
                break;
            case (byte)'G':
                Push(BinaryPrimitives.ReadDoubleBigEndian(_bytes.Span(8, "a number")));
                break;
            case (byte)'X':
                Push(Text(_bytes.U32("a text's length")));
                break;
            case 0x8c:
                Push(Text(_bytes.Byte("a text's length")));
                break;
            case 0x8d:
                Push(Text(_bytes.U64("a text's length")));
                break;
            case (byte)'U':
                Push(Latin(_bytes.Byte("a text's length")));
                break;
            case (byte)'T':
                Push(Latin(_bytes.U32("a text's length")));
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
                Memo(_bytes.Byte("a memo's number"));
                break;
            case (byte)'r':
                Memo(_bytes.U32("a memo's number"));
                break;
            case 0x94:
                Memo((uint)_memo.Count);
                break;
            case (byte)'h':
                Recall(_bytes.Byte("a memo's number"));
                break;
            case (byte)'j':
                Recall(_bytes.U32("a memo's number"));
                break;
            case (byte)']':
                Push(new Items("list", []));
                break;
            case 0x8f:
                Push(new Items("set", []));
                break;
            case (byte)'}':
                Push(new Map());
                break;
            case (byte)')':
                Push(new Items("tuple", []));
                break;
            case (byte)'t':
                Push(new Items("tuple", AboveMark()));
                break;
            case 0x91:
                Push(new Items("set", AboveMark()));
                break;
            case 0x85 or 0x86 or 0x87:
                Push(new Items("tuple", Take(opcode - 0x84)));
                break;
            case (byte)'a':
                object? one = Pop();
                Top<Items>("a list").Values.Add(one);
                break;
            case (byte)'e' or 0x90:
                List<object?> more = AboveMark();
                Top<Items>("a list").Values.AddRange(more);
                break;
            case (byte)'s':
                SetItems(Take(2));
                break;
            case (byte)'u':
                SetItems(AboveMark());
                break;
            case (byte)'c':
                Push(Global(Line(), Line()));
                break;
            case 0x93:
                List<object?> names = Take(2);
                if (names is not [string module, string name])
                    throw Fault("has a STACK_GLOBAL of something other than two texts", "a module and a name");
                Push(Global(module, name));
                break;
            case (byte)'Q':
                Push(StorageOf(Pop()));
                break;
            case (byte)'R' or 0x81:
                List<object?> call = Take(2);
                Push(Call(call[0], call[1]));
                break;
            case (byte)'b':
                Build(Pop());
                break;
            default:
                throw Fault($"has the opcode {NameOf(opcode)}", "those of data in protocols 2 to 5; this one is not read here");
        }
    }

    private static string NameOf(byte opcode) =>
        opcode switch
        {
            (byte)'i' => "INST",
            (byte)'o' => "OBJ",
            0x82 or 0x83 or 0x84 => $"EXT{1 << opcode - 0x82}",
            0x92 => "NEWOBJ_EX",
            0x97 => "NEXT_BUFFER",
            0x98 => "READONLY_BUFFER",
            (byte)'P' => "PERSID",
            (byte)'0' => "POP",
            (byte)'1' => "POP_MARK",
            (byte)'2' => "DUP",
            (byte)'I' or (byte)'L' or (byte)'F' or (byte)'S' or (byte)'V' or (byte)'d' or (byte)'l' or (byte)'p' or (byte)'g' =>
                $"'{(char)opcode}' of protocol 0",
            _ => $"0x{opcode:X2}",
        };

    // ---- the stack

    private void Count()
    {
        if (++_values > MostValues + _length / BytesPerValue)
            throw Fault(
                "makes more values than a checkpoint of its size needs",
                $"at most {MostValues:N0} and one for every {BytesPerValue} bytes"
            );
    }

    private void Push(object value)
    {
        Count();
        _stack.Add(value);
    }

    private object? Pop() => Take(1)[0];

    private List<object?> Take(int count)
    {
        int floor = _marks.TryPeek(out int mark) ? mark : 0;
        if (_stack.Count - count < floor)
            throw Fault("takes more from the stack than there is", "a sound pickle");
        List<object?> taken = _stack.GetRange(_stack.Count - count, count);
        _stack.RemoveRange(_stack.Count - count, count);
        return taken;
    }

    private List<object?> AboveMark()
    {
        if (!_marks.TryPop(out int mark))
            throw Fault("closes a mark that it has not set", "a sound pickle");
        List<object?> taken = _stack.GetRange(mark, _stack.Count - mark);
        _stack.RemoveRange(mark, _stack.Count - mark);
        return taken;
    }

    private T Top<T>(string expected)
        where T : class
    {
        int floor = _marks.TryPeek(out int mark) ? mark : 0;
        return _stack.Count > floor && _stack[^1] is T top
            ? top
            : throw Fault($"adds to {(_stack.Count > floor ? PickleValue.Describe(_stack[^1]) : "nothing")}", expected);
    }

    private void Memo(uint number)
    {
        if (_stack.Count == 0)
            throw Fault("remembers what is not there", "a value");
        Count();
        _memo[number] = _stack[^1];
    }

    private void Recall(uint number)
    {
        _stack.Add(
            _memo.TryGetValue(number, out object? value)
                ? value
                : throw Fault($"recalls memo {number}, which it has not set", "one that is set")
        );
    }

    private void SetItems(List<object?> pairs)
    {
        if (pairs.Count % 2 != 0)
            throw Fault("has a key without a value", "pairs");
        if (_stack.Count > 0 && _stack[^1] is Opaque)
            return;
        Map map = Top<Map>("a dictionary");
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
            return Tensor(global.Name, arguments);
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
        if (_stack.Count == 0)
            throw Fault("builds nothing", "a value");
        switch (_stack[^1])
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
                throw Fault($"builds {PickleValue.Describe(_stack[^1])}", "a dictionary or a tensor");
        }
    }

    private Storage StorageOf(object? id)
    {
        if (id is not Items { Values: ["storage", Global type, string key, string or null, long count, .. var rest] })
            throw Fault(
                id is Items { Values: ["module", ..] }
                    ? "holds a whole module; save its state_dict() instead"
                    : "has a persistent id that is no storage's",
                "('storage', type, key, device, count)"
            );
        Dtype dtype =
            Globals.StorageType(type) ?? throw Fault($"has a storage of {type.Name}", "a type of storage such as torch.FloatStorage");
        if (count < 0)
            throw Fault($"has a storage of {count} elements", "0 or more");
        if (rest is not [Items { Values: [string, long offset, long size] }])
            return new(key, dtype, count, 0);
        if (offset < 0 || size < 0 || offset > count - size)
            throw Fault($"has a view of {size} elements from {offset} of a storage of {count}", "one inside it");
        return new(key, dtype, size, offset);
    }

    private View Tensor(string name, List<object?> arguments)
    {
        if (name.Contains("_rebuild_parameter", StringComparison.Ordinal))
            return arguments is [View parameter, ..] ? parameter : throw Fault($"calls {name} without a tensor", "a tensor");
        if (
            arguments is not [Storage storage, long offset, Items { Values: var sizes }, Items { Values: var steps }, .. var rest]
            || sizes.Count != steps.Count
            || !sizes.Concat(steps).All(number => number is long)
        )
            throw Fault($"calls {name} with other arguments", "a storage, an offset, sizes and strides");
        Dtype dtype = storage.Dtype;
        if (name.EndsWith("_v3", StringComparison.Ordinal))
            dtype = rest is [_, _, TorchType given, ..]
                ? given.Dtype
                : throw Fault($"calls {name} without a type", "one such as torch.float32");
        long[] shape = [.. sizes.Cast<long>()],
            strides = [.. steps.Cast<long>()];
        if (shape.Length > MostRank)
            throw Fault($"has a tensor of rank {shape.Length}", $"at most {MostRank}");
        Check(storage, dtype, offset, shape, strides);
        return new(storage, dtype, offset, shape, strides);
    }

    // offset + Σ (size − 1)·stride is the last element, and has to be in the storage
    private void Check(Storage storage, Dtype dtype, long offset, long[] shape, long[] strides)
    {
        Int128 count = (Int128)storage.Count * storage.Dtype.Bytes / dtype.Bytes;
        Int128 last = offset;
        for (int axis = 0; axis < shape.Length; axis++)
            last += (Int128)(shape[axis] - 1) * strides[axis];
        if (offset < 0 || shape.Any(size => size < 0) || strides.Any(stride => stride < 0))
            throw Fault(
                $"has a tensor of shape {Formats.Tensor.Describe(shape)}, strides {Formats.Tensor.Describe(strides)} and offset {offset}",
                "none of them negative"
            );
        if (Formats.Tensor.Product(shape) is not { } elements || (Int128)elements * dtype.Bytes > long.MaxValue)
            throw Fault($"has a tensor of shape {Formats.Tensor.Describe(shape)}", "a size that a machine can count");
        if (elements > 0 && last >= count)
            throw Fault(
                $"has a tensor of shape {Formats.Tensor.Describe(shape)} and strides {Formats.Tensor.Describe(strides)} from element {offset}",
                $"one inside its storage of {count} elements"
            );
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
        Push(new Opaque($"{length} bytes"));
    }

    private MalformedFileException Fault(string found, string expected) => new(_file, $"the pickle {found} at byte {_opcodeAt}", expected);
}
