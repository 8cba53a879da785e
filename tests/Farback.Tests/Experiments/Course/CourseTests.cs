using Farback.Experiments;
using Farback.Numbers;

namespace Farback.Tests.Experiments.Course;

/// <summary>The exercise's eight functions on the library are those of plain loops, and each classic mistake is told from the others.</summary>
public sealed class CourseTests
{
    private const long Seed = 71;

    // some dozen products and sums of numbers of order 1
    private const double Tolerance = 1e-13;

    private static readonly Dictionary<string, int> Sizes = new()
    {
        ["n_x"] = 3,
        ["n_a"] = 5,
        ["n_c"] = 8,
        ["n_y"] = 2,
        ["m"] = 4,
        ["T"] = 5,
        ["S"] = 5,
        ["1"] = 1,
    };

    public static TheoryData<string> Functions => [.. CourseFunction.All.Select(function => function.Name)];

    /// <summary>Random numbers for a function; da may be shorter than x.</summary>
    internal static CourseArrays Random(CourseFunction function, int? steps = null)
    {
        var random = new RandomStream(Seed);
        var inputs = new CourseArrays();
        foreach (CourseName input in function.Inputs)
        {
            var array = new CourseArray([.. input.Axes.Select(axis => axis == "S" ? steps ?? Sizes["S"] : Sizes[axis])]);
            for (int i = 0; i < array.Data.Length; i++)
                array.Data[i] = random.NextNormal();
            inputs[input.Name] = array;
        }
        return inputs;
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void The_library_returns_what_plain_loops_return(string name)
    {
        CourseFunction function = CourseFunction.Named(name);
        foreach (int steps in new[] { Sizes["T"], 3, 1 })
        {
            CourseArrays inputs = Random(function, steps),
                expected = new PlainCourse(name, inputs).Run(),
                found = function.Run(inputs);
            Assert.Equal(function.Outputs.Select(output => output.Name), found.Keys);
            foreach (string array in found.Keys)
            {
                Assert.Equal(expected[array].Shape, found[array].Shape);
                Close.Normwise(expected[array].Data, found[array].Data, Tolerance, $"{name}, {array}");
            }
            Assert.True(CourseCheck.Of(function, inputs, expected).Agrees);
        }
    }

    [Theory]
    [InlineData("rnn_backward")]
    [InlineData("lstm_backward")]
    public void The_entries_of_every_loss_and_use_add_up_to_the_gradients(string name)
    {
        CourseFunction function = CourseFunction.Named(name);
        CourseArrays inputs = Random(function, 3),
            all = function.Run(inputs);
        var sums = new CourseArrays();
        for (int t = 0; t < 3; t++)
        for (int k = 0; k < 3; k++)
            foreach ((string array, CourseArray entry) in function.Entry(inputs, t, k))
            {
                Assert.True(k <= t || entry.Data.All(number => number == 0));
                sums[array] = new(
                    [.. entry.Shape],
                    [.. entry.Data.Select((number, i) => number + (sums.TryGetValue(array, out CourseArray? sum) ? sum.Data[i] : 0))]
                );
            }
        foreach ((string array, CourseArray sum) in sums)
            Close.Normwise(all[array].Data, sum.Data, Tolerance, array);
        Assert.Equal(function.IsLstm ? 8 : 3, sums.Count);
    }

    public static TheoryData<string, CourseMistake, string> Mistakes()
    {
        var rows = new TheoryData<string, CourseMistake, string>();
        foreach (CourseFunction function in CourseFunction.All)
        foreach (CourseMistake mistake in Enum.GetValues<CourseMistake>().Where(mistake => Can(function, mistake)))
        foreach (string gates in mistake == CourseMistake.GatesInAnotherOrder ? new[] { "ifco", "icof", "foci", "ocif" } : ["fico"])
            rows.Add(function.Name, mistake, gates);
        return rows;
    }

    // which lines a function has to get wrong
    private static bool Can(CourseFunction function, CourseMistake mistake) =>
        mistake switch
        {
            CourseMistake.None => false,
            CourseMistake.BiasLeftOut
            or CourseMistake.NoSoftmax
            or CourseMistake.SoftmaxOverSequences
            or CourseMistake.ReadOutOfPreviousState => !function.IsBackward,
            CourseMistake.NoTanh => !function.IsBackward && !function.IsLstm,
            CourseMistake.StateNotCarried => !function.IsBackward && !function.IsCell,
            CourseMistake.MemoryNotCarried => !function.IsBackward && !function.IsCell && function.IsLstm,
            CourseMistake.NoTanhOfMemory or CourseMistake.CandidateBySigmoid => !function.IsBackward && function.IsLstm,
            CourseMistake.StackedTheOtherWay or CourseMistake.GatesInAnotherOrder => function.IsLstm,
            CourseMistake.DaPrevForAPrev
            or CourseMistake.APrevForDaPrev
            or CourseMistake.NotTransposed
            or CourseMistake.BiasNotSummed
            or CourseMistake.BiasAveraged
            or CourseMistake.WeightsAveraged => function.IsBackward,
            CourseMistake.NoTanhSlope
            or CourseMistake.SlopeWithoutSquare
            or CourseMistake.SlopeOfTanhTwice
            or CourseMistake.SlopeAtPreviousState => function.IsBackward && !function.IsLstm,
            CourseMistake.CarryLeftOut or CourseMistake.Overwritten or CourseMistake.LoopRunsForwards => function.IsBackward
                && !function.IsCell,
            CourseMistake.MemoryCarryLeftOut or CourseMistake.NothingCarried => function.IsBackward && !function.IsCell && function.IsLstm,
            _ => function.IsBackward && function.IsLstm,
        };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void Each_classic_mistake_is_recognised_by_its_numbers(string name, CourseMistake mistake, string gates)
    {
        CourseFunction function = CourseFunction.Named(name);
        CourseArrays inputs = Random(function, steps: 4),
            wrong = new PlainCourse(name, inputs, mistake, gates).Run();
        CourseCheck check = CourseCheck.Of(function, inputs, wrong);
        Assert.False(check.Agrees);
        // over time these are the carry of c left out, number by number: the last step's dc_next is 0
        CourseMistake expected =
            !function.IsCell && mistake is (CourseMistake.DcNextLeftOut or CourseMistake.DcPrevWithoutState)
                ? CourseMistake.MemoryCarryLeftOut
                : mistake;
        Assert.True(check.Mistake == expected, $"{name}: {mistake} was taken for {check.Mistake}: {check}");
        Assert.NotNull(check.Guess);
        CourseDeparture first = check.First!;
        CourseArray right = function.Run(inputs)[first.Name];
        if (first.Index.Count == 3)
            Assert.Equal(
                (right[first.Index[0], first.Index[1], first.Index[2]], wrong[first.Name][first.Index[0], first.Index[1], first.Index[2]]),
                (first.Expected, first.Got)
            );
        if (first.Index.Count == 2)
            Assert.Equal(
                (right[first.Index[0], first.Index[1]], wrong[first.Name][first.Index[0], first.Index[1]]),
                (first.Expected, first.Got)
            );
    }

    [Fact]
    public void Numbers_that_carry_nothing_back_are_said_to_be_those_of_older_notebooks()
    {
        CourseFunction function = CourseFunction.Named("lstm_backward");
        CourseArrays inputs = Random(function, steps: 3);
        CourseCheck check = CourseCheck.Of(function, inputs, new PlainCourse(function.Name, inputs, CourseMistake.NothingCarried).Run());
        Assert.Contains("Older notebooks", check.Guess, StringComparison.Ordinal);
        Assert.Equal("dx", check.First!.Name);
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void One_wrong_number_is_found_where_it_is_and_explained_by_no_mistake(string name)
    {
        CourseFunction function = CourseFunction.Named(name);
        CourseArrays inputs = Random(function);
        foreach (string array in function.Outputs.Select(output => output.Name))
        {
            CourseArrays student = function.Run(inputs);
            student[array].Data[^1] += 0.125;
            CourseCheck check = CourseCheck.Of(function, inputs, student);
            Assert.Equal(array, check.First!.Name);
            Assert.Equal(1, check.First.Wrong);
            Assert.Equal(student[array].Shape.Select(size => size - 1), check.First.Index);
            Assert.Equal(0.125, check.First.Got - check.First.Expected, 1e-12);
            Assert.Equal((CourseMistake.None, null), (check.Mistake, check.Guess));
            student[array].Data[^1] = double.NaN;
            Assert.False(CourseCheck.Of(function, inputs, student).Agrees);
        }
    }

    [Fact]
    public void What_is_not_given_is_not_checked_and_is_said()
    {
        CourseFunction function = CourseFunction.Named("rnn_backward");
        CourseArrays inputs = Random(function),
            student = function.Run(inputs);
        student.Remove("dWaa");
        CourseCheck check = CourseCheck.Of(function, inputs, student);
        Assert.True(check.Agrees);
        Assert.Equal(["dWaa"], check.NotGiven);
        Assert.Contains("Not given, so not checked: dWaa", check.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_does_not_fit_is_refused_in_a_sentence()
    {
        CourseFunction function = CourseFunction.Named("rnn_backward");
        CourseArrays inputs = Random(function),
            student = function.Run(inputs);
        void Refused(string says, Action<CourseArrays> change, CourseArrays? answer = null)
        {
            var changed = new CourseArrays(inputs);
            change(changed);
            string message = Assert.Throws<ArgumentException>(() => CourseCheck.Of(function, changed, answer ?? student)).Message;
            Assert.Contains(says, message, StringComparison.Ordinal);
        }
        Refused("the input Wax is missing", arrays => arrays.Remove("Wax"));
        Refused("there is no input 'Wf'", arrays => arrays["Wf"] = new(1, 1));
        Refused("Waa: expected shape (n_a = 5, n_a = 5), got (5, 4)", arrays => arrays["Waa"] = new(5, 4));
        Refused("has 6 steps and x only 5", arrays => arrays["da"] = new(5, 4, 6));
        Refused("no array is given", _ => { }, []);
        Refused("does not return 'dWy'", _ => { }, new() { ["dWy"] = new(1, 1) });
        Assert.Contains(
            "the exercise has rnn_cell_forward",
            Assert.Throws<ArgumentException>(() => CourseFunction.Named("gru_forward")).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_transposed_array_is_said_to_be_transposed()
    {
        CourseFunction function = CourseFunction.Named("rnn_cell_forward");
        CourseArrays inputs = Random(function),
            student = function.Run(inputs);
        student["a_next"] = new CourseArray(4, 5);
        CourseCheck check = CourseCheck.Of(function, inputs, student);
        Assert.Contains("transposed", check.Guess, StringComparison.Ordinal);
        Assert.Contains("expected shape (5, 4), got (4, 5)", check.ToString(), StringComparison.Ordinal);
    }
}
