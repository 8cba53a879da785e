namespace Farback.Experiments;

/// <summary>One of the exercise's eight functions: its arrays by the exercise's own names, and what it comes to on the library.</summary>
/// <remarks>
///   Shapes in letters: n_x inputs, n_a units, n_y outputs, n_c = n_a + n_x, m sequences, T steps. A backward function is given what its
///   caches were made of, so that there is nothing to go stale. The steps are the library's own cells; here is no second one.
/// </remarks>
public sealed class CourseFunction
{
    private const double MostNumbers = 1 << 25; // of all entries G[t,k] together: 256 MiB

    private readonly Func<CourseRun, CourseArrays> _results;

    private CourseFunction(string name, bool isLstm, string inputs, string optional, string outputs, Func<CourseRun, CourseArrays> results)
    {
        (Name, IsLstm, _results) = (name, isLstm, results);
        Inputs = Read(inputs);
        Optional = Read(optional);
        Outputs = Read(outputs);
    }

    /// <summary>Its name in the exercise.</summary>
    public string Name { get; }

    /// <summary>Whether it is the LSTM's.</summary>
    public bool IsLstm { get; }

    /// <summary>Whether it is of one step.</summary>
    public bool IsCell => Name.Contains("_cell_", StringComparison.Ordinal);

    /// <summary>Whether it goes backwards.</summary>
    public bool IsBackward => Name.EndsWith("_backward", StringComparison.Ordinal);

    /// <summary>What it needs.</summary>
    public IReadOnlyList<CourseName> Inputs { get; }

    /// <summary>What may be given too: the read-out of a backward function, which it does not use.</summary>
    public IReadOnlyList<CourseName> Optional { get; }

    /// <summary>What it returns, in the exercise's order.</summary>
    public IReadOnlyList<CourseName> Outputs { get; }

    private const string Rnn = "Wax:n_a,n_x Waa:n_a,n_a ba:n_a,1",
        Lstm = "Wf:n_a,n_c bf:n_a,1 Wi:n_a,n_c bi:n_a,1 Wc:n_a,n_c bc:n_a,1 Wo:n_a,n_c bo:n_a,1",
        LstmGradients = "dWf:n_a,n_c dWi:n_a,n_c dWc:n_a,n_c dWo:n_a,n_c dbf:n_a,1 dbi:n_a,1 dbc:n_a,1 dbo:n_a,1",
        RnnOutputs = "Wya:n_y,n_a by:n_y,1",
        LstmOutputs = "Wy:n_y,n_a by:n_y,1";

    /// <summary>All eight, in the order of the exercise.</summary>
    public static IReadOnlyList<CourseFunction> All { get; } =
    [
        new(
            "rnn_cell_forward",
            false,
            $"xt:n_x,m a_prev:n_a,m {Rnn} {RnnOutputs}",
            "",
            "a_next:n_a,m yt_pred:n_y,m",
            run => CourseRun.Cell(run.Forward())
        ),
        new("rnn_forward", false, $"x:n_x,m,T a0:n_a,m {Rnn} {RnnOutputs}", "", "a:n_a,m,T y_pred:n_y,m,T", run => run.Forward()),
        new(
            "lstm_cell_forward",
            true,
            $"xt:n_x,m a_prev:n_a,m c_prev:n_a,m {Lstm} {LstmOutputs}",
            "",
            "a_next:n_a,m c_next:n_a,m yt_pred:n_y,m",
            run => CourseRun.Cell(run.Forward())
        ),
        new("lstm_forward", true, $"x:n_x,m,T a0:n_a,m {Lstm} {LstmOutputs}", "", "a:n_a,m,T y:n_y,m,T c:n_a,m,T", run => run.Forward()),
        new(
            "rnn_cell_backward",
            false,
            $"xt:n_x,m a_prev:n_a,m {Rnn} da_next:n_a,m",
            RnnOutputs,
            "dxt:n_x,m da_prev:n_a,m dWax:n_a,n_x dWaa:n_a,n_a dba:n_a,1",
            run => CourseRun.Cell(run.Backward())
        ),
        new(
            "rnn_backward",
            false,
            $"x:n_x,m,T a0:n_a,m {Rnn} da:n_a,m,S",
            RnnOutputs,
            "dx:n_x,m,S da0:n_a,m dWax:n_a,n_x dWaa:n_a,n_a dba:n_a,1",
            run => run.Backward()
        ),
        new(
            "lstm_cell_backward",
            true,
            $"xt:n_x,m a_prev:n_a,m c_prev:n_a,m {Lstm} da_next:n_a,m dc_next:n_a,m",
            LstmOutputs,
            $"dxt:n_x,m da_prev:n_a,m dc_prev:n_a,m {LstmGradients}",
            run => CourseRun.Cell(run.Backward())
        ),
        new(
            "lstm_backward",
            true,
            $"x:n_x,m,T a0:n_a,m {Lstm} da:n_a,m,S",
            LstmOutputs,
            $"dx:n_x,m,S da0:n_a,m {LstmGradients}",
            run => run.Backward()
        ),
    ];

    /// <summary>The function of that name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static CourseFunction Named(string name) =>
        All.FirstOrDefault(function => function.Name == name)
        ?? throw new ArgumentException(
            $"course: there is no function '{(name.Length > 40 ? name[..40] + "…" : name)}'; the exercise has {string.Join(", ", All.Select(function => function.Name))}."
        );

    /// <summary>The arrays that the function returns, by the exercise's names; computed by the library.</summary>
    /// <param name="inputs">Its arrays by name. A <c>da</c> with fewer steps than x uses the first ones, as the exercise's loop does.</param>
    /// <exception cref="ArgumentException">An array is missing, unknown, or of a shape that does not fit the others; in one sentence.</exception>
    public CourseArrays Run(CourseArrays inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        CourseArrays all = _results(CourseRun.Of(this, Check(inputs)));
        var named = new CourseArrays();
        foreach (CourseName output in Outputs)
            named[output.Name] = all[output.Name];
        return named;
    }

    /// <summary>The step that the exercise leaves out: dW resolved in time, what the loss at t asks of the weights used at k.</summary>
    /// <param name="inputs">As for <see cref="Run"/>, of a backward function over time.</param>
    /// <param name="t">The loss time, from 0: da[:, :, t] is its error.</param>
    /// <param name="k">The use time, from 0.</param>
    /// <returns>dWax, dWaa, dba, or the LSTM's; all (t, k) together add up to what <see cref="Run"/> returns.</returns>
    /// <exception cref="ArgumentException">It is no backward function, or as for <see cref="Run"/>.</exception>
    public CourseArrays Entry(CourseArrays inputs, int t, int k)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        if (!IsBackward)
            throw new ArgumentException($"{Name}: only a backward function has gradients to resolve in time.");
        return CourseRun.Of(this, Check(inputs)).Entry(t, k);
    }

    /// <summary>The sizes that the letters stand for in given arrays.</summary>
    /// <exception cref="ArgumentException">The shapes do not fit one another.</exception>
    internal Dictionary<string, int> Sizes(CourseArrays inputs)
    {
        var sizes = new Dictionary<string, int>();
        foreach (CourseName input in Inputs.Concat(Optional).Where(input => inputs.ContainsKey(input.Name)))
        {
            CourseArray array = inputs[input.Name];
            bool fits = array.Shape.Count == input.Axes.Count;
            for (int axis = 0; fits && axis < input.Axes.Count; axis++)
            {
                string letter = input.Axes[axis];
                int size = array.Shape[axis];
                if (letter == "n_c" && sizes.TryGetValue("n_a", out int units) && sizes.TryGetValue("n_x", out int width))
                    fits = size == units + width;
                else if (letter == "1")
                    fits = size == 1;
                else
                    fits = sizes.TryAdd(letter, size) || sizes[letter] == size;
                fits &= size >= 1;
            }
            if (!fits)
                throw new ArgumentException(
                    $"{input.Name}: expected shape {input.Meaning(sizes)}, got {array}; the exercise is feature-major, a column a sequence."
                );
        }
        if (sizes.TryGetValue("S", out int steps) && steps > sizes["T"])
            throw new ArgumentException($"da: has {steps} steps and x only {sizes["T"]}; expected as many or fewer.");
        return sizes;
    }

    private CourseArrays Check(CourseArrays inputs)
    {
        foreach (CourseName input in Inputs)
            if (!inputs.ContainsKey(input.Name))
                throw new ArgumentException(
                    $"{Name}: the input {input.Name} is missing; expected {string.Join(", ", Inputs.Select(one => one.Name))}."
                );
        foreach (string name in inputs.Keys)
            if (!Inputs.Concat(Optional).Any(input => input.Name == name))
                throw new ArgumentException(
                    $"{Name}: there is no input '{(name.Length > 40 ? name[..40] + "…" : name)}'; expected {string.Join(", ", Inputs.Select(one => one.Name))}."
                );
        Dictionary<string, int> sizes = Sizes(inputs);
        double times = sizes.GetValueOrDefault("S", sizes.GetValueOrDefault("T", 1)),
            entries =
                times * times * (4.0 * sizes["n_a"] * (sizes["n_a"] + sizes["n_x"] + 1) + sizes["m"] * (4.0 * sizes["n_a"] + sizes["n_x"]));
        if (IsBackward && entries > MostNumbers)
            throw new ArgumentException(
                $"{Name}: with {times} steps, {sizes["m"]} sequences and {sizes["n_a"]} units the time-resolved gradient has more numbers than an exercise needs; use fewer."
            );
        return inputs;
    }

    private static CourseName[] Read(string names) =>
        [
            .. names
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(one => one.Split(':'))
                .Select(one => new CourseName(one[0], one[1].Split(','))),
        ];
}

/// <summary>An array's name and its axes in letters.</summary>
/// <param name="Name">dWax.</param>
/// <param name="Axes">n_a, n_x; S is the steps of da, T those of x.</param>
public sealed record CourseName(string Name, IReadOnlyList<string> Axes)
{
    internal string Meaning(IReadOnlyDictionary<string, int> sizes) =>
        $"({string.Join(", ", Axes.Select(letter => SizeOf(letter, sizes) is { } size && letter != "1" ? $"{letter} = {size}" : letter))})";

    internal static int? SizeOf(string letter, IReadOnlyDictionary<string, int> sizes) =>
        letter == "1" ? 1
        : letter == "n_c" ? (sizes.TryGetValue("n_a", out int units) && sizes.TryGetValue("n_x", out int width) ? units + width : null)
        : sizes.TryGetValue(letter, out int found) ? found
        : null;
}

/// <summary>Arrays by the exercise's names: parameters, inputs, gradients.</summary>
public sealed class CourseArrays : Dictionary<string, CourseArray>
{
    /// <summary>None yet.</summary>
    public CourseArrays()
        : base(StringComparer.Ordinal) { }

    /// <summary>The same arrays.</summary>
    public CourseArrays(IReadOnlyDictionary<string, CourseArray> arrays)
        : base(arrays, StringComparer.Ordinal) { }
}
