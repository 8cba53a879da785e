using System.Globalization;

namespace Farback.Sequences;

/// <summary>Knobs as somebody typed them, with the defaults of the task's description for those that were left out.</summary>
internal sealed class KnobReader
{
    private readonly TaskDescription _task;
    private readonly IReadOnlyDictionary<string, string> _given;

    /// <exception cref="ArgumentException">The task lacks a knob of that name.</exception>
    public KnobReader(TaskDescription task, IReadOnlyDictionary<string, string> given)
    {
        (_task, _given) = (task, given);
        foreach (string name in given.Keys)
            if (!task.Knobs.Any(knob => knob.Name == name))
                throw new ArgumentException($"{task.Name} has no knob '{name}'; it has {Names}.");
    }

    private string Names => string.Join(", ", _task.Knobs.Select(knob => knob.Name));

    public int Whole(string name) =>
        int.TryParse(Text(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw Malformed(name, "a whole number");

    public int? WholeOrNone(string name) => Text(name) == "none" ? null : Whole(name);

    public long Long(string name) =>
        long.TryParse(Text(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw Malformed(name, "a whole number");

    // no thousands separators: 0,2 must not be read as 2
    public double Number(string name) =>
        double.TryParse(Text(name), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            ? number
            : throw Malformed(name, "a number with a decimal point");

    public bool OnOff(string name) =>
        Text(name) switch
        {
            "on" or "true" => true,
            "off" or "false" => false,
            _ => throw Malformed(name, "on or off"),
        };

    private string Text(string name) => _given.GetValueOrDefault(name) ?? _task.Knobs.First(knob => knob.Name == name).Default;

    private ArgumentException Malformed(string name, string expected) =>
        new($"{name}: expected {expected}, got '{Text(name)}'; the knobs of {_task.Name} are {Names}.");
}
