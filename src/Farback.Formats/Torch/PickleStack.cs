namespace Farback.Formats.Torch;

/// <summary>A refusal of what a pickle has at the opcode that is being read.</summary>
internal delegate MalformedFileException PickleFault(string found, string expected);

/// <summary>The stack of the machine that a pickle is a program for, with its marks and its memo.</summary>
/// <param name="most">How many values may be made at most.</param>
/// <param name="fault">Makes a refusal.</param>
internal sealed class PickleStack(long most, PickleFault fault)
{
    private const int MostMarks = 256;

    private readonly List<object?> _values = [];
    private readonly Stack<int> _marks = new();
    private readonly Dictionary<uint, object?> _memo = [];
    private long _made;

    /// <summary>The one value that a sound pickle leaves.</summary>
    public object? Result =>
        _values.Count == 1 && _marks.Count == 0
            ? _values[0]
            : throw fault($"stops with {_values.Count} values and {_marks.Count} marks", "one value");

    /// <summary>The value on top, or null where there is none.</summary>
    public object? Peek => _values.Count > 0 ? _values[^1] : null;

    /// <summary>Whether there is no value.</summary>
    public bool IsEmpty => _values.Count == 0;

    /// <summary>Puts a new value on top.</summary>
    public void Push(object? value)
    {
        Count();
        _values.Add(value);
    }

    /// <summary>Marks the place above which the next values stand.</summary>
    public void Mark()
    {
        _marks.Push(_values.Count);
        if (_marks.Count > MostMarks)
            throw fault("has too many marks at once", $"at most {MostMarks}");
    }

    /// <summary>Takes the value on top.</summary>
    public object? Pop() => Take(1)[0];

    /// <summary>Takes so many values, none of them below a mark.</summary>
    public List<object?> Take(int count) =>
        _values.Count - count >= Floor
            ? From(_values.Count - count)
            : throw fault("takes more from the stack than there is", "a sound pickle");

    /// <summary>Takes the values above the last mark, and the mark.</summary>
    public List<object?> AboveMark() =>
        _marks.TryPop(out int mark) ? From(mark) : throw fault("closes a mark that it has not set", "a sound pickle");

    /// <summary>The container on top, which something is added to.</summary>
    public T Top<T>(string expected)
        where T : class =>
        _values.Count > Floor && _values[^1] is T top
            ? top
            : throw fault($"adds to {(_values.Count > Floor ? PickleValue.Describe(_values[^1]) : "nothing")}", expected);

    /// <summary>How many values are remembered.</summary>
    public uint Remembered => (uint)_memo.Count;

    /// <summary>Remembers the value on top.</summary>
    public void Memo(uint number)
    {
        if (_values.Count == 0)
            throw fault("remembers what is not there", "a value");
        Count();
        _memo[number] = _values[^1];
    }

    /// <summary>Puts a remembered value on top.</summary>
    public void Recall(uint number) =>
        _values.Add(
            _memo.TryGetValue(number, out object? value)
                ? value
                : throw fault($"recalls memo {number}, which it has not set", "one that is set")
        );

    private int Floor => _marks.TryPeek(out int mark) ? mark : 0;

    private List<object?> From(int first)
    {
        List<object?> taken = _values.GetRange(first, _values.Count - first);
        _values.RemoveRange(first, _values.Count - first);
        return taken;
    }

    private void Count()
    {
        if (++_made > most)
            throw fault("makes more values than a checkpoint of its size needs", $"at most {most:N0} here");
    }
}
