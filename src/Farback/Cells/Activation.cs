using System.Globalization;

namespace Farback.Cells;

/// <summary>A function of one number that a cell puts on a sum: chosen by name, with its numbers.</summary>
/// <remarks>
///   In a cell's page it is a type argument; those with numbers become one when the page is opened. Names and their default numbers are
///   ONNX' (operators RNN, GRU, LSTM), in lower case. With <see cref="Clip"/> c, φ reads z held within ±c.
/// </remarks>
public sealed record Activation
{
    private static readonly (string Name, double[] Defaults)[] Known =
    [
        ("tanh", []),
        ("sigmoid", []),
        ("relu", []),
        ("identity", []),
        ("softsign", []),
        ("softplus", []),
        ("affine", [1, 0]),
        ("leaky-relu", [0.01]),
        ("thresholded-relu", [1]),
        ("scaled-tanh", [1, 1]),
        ("hard-sigmoid", [0.2, 0.5]),
        ("elu", [1]),
    ];

    private Activation(string name, double alpha = 0, double beta = 0) => (Name, Alpha, Beta) = (name, alpha, beta);

    /// <summary>tanh z.</summary>
    public static Activation Tanh { get; } = new("tanh");

    /// <summary>σ(z).</summary>
    public static Activation Sigmoid { get; } = new("sigmoid");

    /// <summary>max(z, 0).</summary>
    public static Activation Relu { get; } = new("relu");

    /// <summary>z.</summary>
    public static Activation Identity { get; } = new("identity");

    /// <summary>The names there are.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Known.Select(known => known.Name)];

    /// <summary>The name: hard-sigmoid.</summary>
    public string Name { get; }

    /// <summary>α; 0 where the function has none.</summary>
    public double Alpha { get; }

    /// <summary>β; 0 where the function has none.</summary>
    public double Beta { get; }

    /// <summary>The bound of |z|; null for none.</summary>
    public double? Clip { get; private init; }

    /// <summary>How many numbers a function of that name takes: 0, 1 (α) or 2 (α, β).</summary>
    public static int NumbersOf(string name) => Find(name).Defaults.Length;

    /// <summary>The function of that name; numbers that are left out are ONNX' defaults.</summary>
    /// <exception cref="ArgumentException">There is no such function, or it does not take so many numbers, or one is not finite.</exception>
    public static Activation Of(string name, params ReadOnlySpan<double> numbers)
    {
        (string known, double[] defaults) = Find(name);
        if (numbers.Length > defaults.Length)
            throw new ArgumentException($"activation {known}: expected at most {defaults.Length} numbers, got {numbers.Length}.");
        foreach (double number in numbers)
            if (!double.IsFinite(number))
                throw new ArgumentException($"activation {known}: expected finite numbers, got {number}.");
        double At(ReadOnlySpan<double> given, int i) =>
            i < given.Length ? given[i]
            : i < defaults.Length ? defaults[i]
            : 0;
        (double alpha, double beta) = (At(numbers, 0), At(numbers, 1));
        return known == "affine" && (alpha, beta) == (1, 0) ? Identity : new(known, alpha, beta);
    }

    /// <summary>The same function of z held within ±bound.</summary>
    /// <exception cref="ArgumentException">The bound is not a positive number.</exception>
    public Activation Within(double bound) =>
        bound > 0 && double.IsFinite(bound)
            ? this with
            {
                Clip = bound,
            }
            : throw new ArgumentException($"activation {Name}: expected a bound above 0, got {bound}.");

    /// <summary>What a gate's histogram knows it as; null for those that it does not know.</summary>
    public ActivationKind? Kind =>
        this == Tanh ? ActivationKind.Tanh
        : this == Sigmoid ? ActivationKind.Sigmoid
        : this == Relu ? ActivationKind.Relu
        : this == Identity ? ActivationKind.Identity
        : null;

    /// <summary>max|φ'|, or null where it is not known here.</summary>
    public double? LargestSlope =>
        Name switch
        {
            "tanh" or "relu" or "identity" or "softsign" or "softplus" => 1,
            "sigmoid" => 0.25,
            "affine" or "hard-sigmoid" => Math.Abs(Alpha),
            "leaky-relu" or "elu" => Math.Max(1, Math.Abs(Alpha)),
            "scaled-tanh" => Math.Abs(Alpha * Beta),
            _ => null,
        };

    /// <summary>The text that <see cref="Parse"/> reads: hard-sigmoid 0.2 0.5 within 3; 0.2f is the float nearest to 0.2.</summary>
    public override string ToString()
    {
        int numbers = Find(Name).Defaults.Length;
        return Name
            + (numbers > 0 ? $" {Written(Alpha)}" : "")
            + (numbers > 1 ? $" {Written(Beta)}" : "")
            + (Clip is { } bound ? $" within {Written(bound)}" : "");
    }

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    /// <exception cref="ArgumentException">It is no activation.</exception>
    public static Activation Parse(string text)
    {
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0)
            throw new ArgumentException($"activation: expected one of {string.Join(", ", Names)}, got nothing.");
        bool clipped = words.Length >= 3 && words[^2] == "within";
        Activation found = Of(words[0], [.. words[1..^(clipped ? 2 : 0)].Select(Number)]);
        return clipped ? found.Within(Number(words[^1])) : found;
    }

    private static string Written(double number)
    {
        string asDouble = number.ToString("R", CultureInfo.InvariantCulture),
            asFloat = ((float)number).ToString("R", CultureInfo.InvariantCulture);
        return (float)number == number && asFloat != asDouble ? asFloat + "f" : asDouble;
    }

    private static double Number(string word) =>
        word.EndsWith('f') && float.TryParse(word[..^1], NumberStyles.Float, CultureInfo.InvariantCulture, out float single) ? single
        : double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number
        : throw new ArgumentException($"activation: expected a number, got '{word}'.");

    private static (string Name, double[] Defaults) Find(string name) =>
        Array.Find(Known, known => known.Name == name) is { Name: not null } found
            ? found
            : throw new ArgumentException($"activation: there is no '{name}'; there are {string.Join(", ", Names)}.");

    /// <summary>Hands three activations to somebody as types: those of the usual cells to be inlined, the others to be called.</summary>
    internal static TResult Open<V, TResult>(Activation first, Activation second, Activation third, IActivationsUser<V, TResult> user)
        where V : struct, INumbers<V> => first.Open(new First<V, TResult>(second, third, user));

    private TResult Open<V, TResult>(IActivationUser<V, TResult> user)
        where V : struct, INumbers<V> =>
        (Clip, Name) switch
        {
            (null, "tanh") => user.Use<Tanh<V>>(),
            (null, "sigmoid") => user.Use<Sigmoid<V>>(),
            (null, "relu") => user.Use<Relu<V>>(),
            (null, "identity") => user.Use<Identity<V>>(),
            (null, "softsign") => user.Use<Called<V, Softsign<V>>>(),
            (null, "softplus") => user.Use<Called<V, Softplus<V>>>(),
            _ => Constants.Open(Alpha, Beta, Clip ?? 0, new Chosen<V, TResult>(this, user)),
        };

    private interface IActivationUser<V, TResult>
        where V : struct, INumbers<V>
    {
        TResult Use<TActivation>()
            where TActivation : struct, IActivation<V>;
    }

    private sealed class Chosen<V, TResult>(Activation chosen, IActivationUser<V, TResult> user) : IConstantsUser<TResult>
        where V : struct, INumbers<V>
    {
        public TResult Use<TConstants>()
            where TConstants : struct, IConstants =>
            chosen.Name switch
            {
                "tanh" => Then<Tanh<V>, TConstants>(),
                "sigmoid" => Then<Sigmoid<V>, TConstants>(),
                "relu" => Then<Relu<V>, TConstants>(),
                "identity" => Then<Identity<V>, TConstants>(),
                "softsign" => Then<Softsign<V>, TConstants>(),
                "softplus" => Then<Softplus<V>, TConstants>(),
                "affine" => Then<Affine<V, TConstants>, TConstants>(),
                "leaky-relu" => Then<LeakyRelu<V, TConstants>, TConstants>(),
                "thresholded-relu" => Then<ThresholdedRelu<V, TConstants>, TConstants>(),
                "scaled-tanh" => Then<ScaledTanh<V, TConstants>, TConstants>(),
                "hard-sigmoid" => Then<HardSigmoid<V, TConstants>, TConstants>(),
                _ => Then<Elu<V, TConstants>, TConstants>(),
            };

        private TResult Then<TActivation, TConstants>()
            where TActivation : struct, IActivation<V>
            where TConstants : struct, IConstants =>
            chosen.Clip is null ? user.Use<Called<V, TActivation>>() : user.Use<Called<V, Clipped<V, TActivation, TConstants>>>();
    }

    private sealed class First<V, TResult>(Activation second, Activation third, IActivationsUser<V, TResult> user)
        : IActivationUser<V, TResult>
        where V : struct, INumbers<V>
    {
        public TResult Use<A>()
            where A : struct, IActivation<V> => second.Open(new Second<V, A, TResult>(third, user));
    }

    private sealed class Second<V, A, TResult>(Activation third, IActivationsUser<V, TResult> user) : IActivationUser<V, TResult>
        where V : struct, INumbers<V>
        where A : struct, IActivation<V>
    {
        public TResult Use<B>()
            where B : struct, IActivation<V> => third.Open(new Third<V, A, B, TResult>(user));
    }

    private sealed class Third<V, A, B, TResult>(IActivationsUser<V, TResult> user) : IActivationUser<V, TResult>
        where V : struct, INumbers<V>
        where A : struct, IActivation<V>
        where B : struct, IActivation<V>
    {
        public TResult Use<C>()
            where C : struct, IActivation<V> => user.Use<A, B, C>();
    }
}

/// <summary>A cell's page that is opened with its activations.</summary>
internal interface IActivationsUser<V, TResult>
    where V : struct, INumbers<V>
{
    /// <summary>Called once.</summary>
    TResult Use<TFirst, TSecond, TThird>()
        where TFirst : struct, IActivation<V>
        where TSecond : struct, IActivation<V>
        where TThird : struct, IActivation<V>;
}
