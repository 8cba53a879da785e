namespace Farback.Experiments;

/// <summary>The first entry of a student's arrays that is not what it should be.</summary>
/// <param name="Name">The array: dWax.</param>
/// <param name="Index">The entry's index, as numpy counts, from 0; empty where the whole shape is another.</param>
/// <param name="Expected">The right number; NaN where the shape is another.</param>
/// <param name="Got">The student's; NaN where the shape is another.</param>
/// <param name="Wrong">How many entries of the array are wrong.</param>
/// <param name="ExpectedShape">The right shape.</param>
/// <param name="GotShape">The student's.</param>
public sealed record CourseDeparture(
    string Name,
    IReadOnlyList<int> Index,
    double Expected,
    double Got,
    int Wrong,
    IReadOnlyList<int> ExpectedShape,
    IReadOnlyList<int> GotShape
)
{
    /// <summary>dWax[2, 1]: expected 0.41, got 0.37.</summary>
    public override string ToString() =>
        Index.Count == 0
            ? $"{Name}: expected shape {CourseArray.TextOf(ExpectedShape)}, got {CourseArray.TextOf(GotShape)}"
            : FormattableString.Invariant(
                $"{Name}[{string.Join(", ", Index)}]: expected {Expected:G10}, got {Got:G10} ({Wrong} of {ExpectedShape.Aggregate(1, (count, size) => count * size)} entries are wrong)"
            );
}

/// <summary>A student's numbers held against the library's, with a guess where they are a classic mistake's.</summary>
/// <param name="Function">Which of the eight.</param>
/// <param name="Checked">The arrays that were compared, in the exercise's order.</param>
/// <param name="NotGiven">What the function also returns and the student did not give.</param>
/// <param name="First">The first wrong entry; null where all agree.</param>
/// <param name="Mistake">The mistake whose numbers the student's are; None where all agree or none is recognised.</param>
/// <param name="Guess">What to look for, in a sentence; null where there is nothing to say.</param>
public sealed record CourseCheck(
    string Function,
    IReadOnlyList<string> Checked,
    IReadOnlyList<string> NotGiven,
    CourseDeparture? First,
    CourseMistake Mistake,
    string? Guess
)
{
    /// <summary>How far an entry may be off, relative to the largest of its array: what float32 leaves after some additions (ε₂₄ = 6·10⁻⁸).</summary>
    public const double Tolerance = 1e-6;

    /// <summary>Whether every array that was given is right.</summary>
    public bool Agrees => First is null;

    /// <summary>The verdict in one or two sentences.</summary>
    public override string ToString()
    {
        string rest = NotGiven.Count > 0 ? $" Not given, so not checked: {string.Join(", ", NotGiven)}." : "";
        return Agrees
            ? $"{Function}: {string.Join(", ", Checked)} agree with the library.{rest}"
            : $"{Function}: the first wrong entry is {First}. {Guess ?? "It is none of the classic mistakes; look at the line that makes this array."}{rest}";
    }

    /// <summary>Compares.</summary>
    /// <param name="function">Which of the eight.</param>
    /// <param name="inputs">Its arrays by the exercise's names.</param>
    /// <param name="student">What the student's function returned, or part of it.</param>
    /// <exception cref="ArgumentException">The inputs do not fit, nothing is given to compare, or a name is none that the function returns.</exception>
    public static CourseCheck Of(CourseFunction function, CourseArrays inputs, CourseArrays student)
    {
        ArgumentNullException.ThrowIfNull(function);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(student);
        string[] names = [.. function.Outputs.Select(output => output.Name)];
        foreach (string name in student.Keys)
            if (!names.Contains(name))
                throw new ArgumentException(
                    $"student: {function.Name} does not return '{(name.Length > 40 ? name[..40] + "…" : name)}'; expected some of {string.Join(", ", names)}."
                );
        if (student.Count == 0)
            throw new ArgumentException($"student: no array is given; expected some of {string.Join(", ", names)}.");
        CourseArrays right = function.Run(inputs);
        string[] given = [.. names.Where(student.ContainsKey)],
            wrong = [.. given.Where(name => Departure(name, right[name], student[name]) is not null)];
        CourseDeparture? first = wrong.Length == 0 ? null : Departure(wrong[0], right[wrong[0]], student[wrong[0]]);
        (CourseMistake mistake, string? guess) = wrong.Length == 0 ? default : Recognise(function, inputs, right, student, given, wrong);
        return new(function.Name, given, [.. names.Except(given)], first, mistake, guess ?? (first is null ? null : ByShape(first)));
    }

    // a mistake is recognised where it makes every array what the student has; else where it does so with every wrong one: the rest may have
    // been put right by hand. The first in the list, where several do
    private static (CourseMistake, string?) Recognise(
        CourseFunction function,
        CourseArrays inputs,
        CourseArrays right,
        CourseArrays student,
        string[] given,
        string[] wrong
    )
    {
        var made = CourseGuesses
            .For(function)
            .Select(one => (one.Mistake, one.Order, Arrays: new MistakenCourse(function, inputs, one.Mistake, one.Order).Run()))
            .ToArray();
        foreach (string[] names in new[] { given, wrong })
        foreach ((CourseMistake mistake, IReadOnlyList<int>? order, CourseArrays arrays) in made)
            if (
                names.All(name => Departure(name, arrays[name], student[name]) is null)
                && wrong.Any(name => Departure(name, right[name], arrays[name]) is not null)
            )
                return (mistake, CourseGuesses.Sentence(function, mistake, order));
        return default;
    }

    private static string? ByShape(CourseDeparture first) =>
        first.Index.Count > 0 ? null
        : first.ExpectedShape.Reverse().SequenceEqual(first.GotShape)
            ? $"{first.Name} has the right shape transposed: the exercise is feature-major, (n, m, T)."
        : $"The exercise is feature-major: (n, m) for one step, (n, m, T) over time; np.sum needs keepdims=True.";

    private static CourseDeparture? Departure(string name, CourseArray expected, CourseArray got)
    {
        if (!expected.Shape.SequenceEqual(got.Shape))
            return new(name, [], double.NaN, double.NaN, got.Data.Length, expected.Shape, got.Shape);
        double allowed = Tolerance * expected.Data.Max(Math.Abs);
        int[] wrong = [.. Enumerable.Range(0, expected.Data.Length).Where(i => !(Math.Abs(expected.Data[i] - got.Data[i]) <= allowed))];
        if (wrong.Length == 0)
            return null;
        var index = new int[expected.Shape.Count];
        for (int axis = index.Length - 1, rest = wrong[0]; axis >= 0; rest /= expected.Shape[axis], axis--)
            index[axis] = rest % expected.Shape[axis];
        return new(name, index, expected.Data[wrong[0]], got.Data[wrong[0]], wrong.Length, expected.Shape, got.Shape);
    }
}
