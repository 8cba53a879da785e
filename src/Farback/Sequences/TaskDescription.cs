using System.Text;

namespace Farback.Sequences;

/// <summary>What a reader is told of a task before running it.</summary>
/// <param name="Name">The word by which it is chosen.</param>
/// <param name="Question">What it asks of a network.</param>
/// <param name="Knobs">What can be turned.</param>
/// <param name="Examples">A few sequences.</param>
public sealed record TaskDescription(string Name, string Question, IReadOnlyList<TaskKnob> Knobs, IReadOnlyList<TaskExample> Examples);

/// <summary>One thing about a task that can be turned.</summary>
/// <param name="Name">As written on a command line, without dashes before it.</param>
/// <param name="Default">Its value where nothing is said.</param>
/// <param name="Meaning">What it does.</param>
public sealed record TaskKnob(string Name, string Default, string Meaning);

/// <summary>One sequence, step by step.</summary>
/// <param name="Caption">What is to be seen in it.</param>
/// <param name="Input">What comes in at each step.</param>
/// <param name="Target">What should be said at each step; empty where nothing is asked.</param>
public sealed record TaskExample(string Caption, IReadOnlyList<string> Input, IReadOnlyList<string> Target)
{
    /// <summary>Two lines in which every target stands under its input.</summary>
    public string Aligned()
    {
        StringBuilder inputs = new();
        StringBuilder targets = new();
        for (int time = 0; time < Input.Count; time++)
        {
            int width = Math.Max(Input[time].Length, Target[time].Length) + 1;
            inputs.Append(Input[time].PadRight(width));
            targets.Append(Target[time].PadRight(width));
        }
        return $"{inputs.ToString().TrimEnd()}\n{targets.ToString().TrimEnd()}";
    }
}
