using System.Globalization;

namespace Farback.Training;

/// <summary>An optimiser by its name.</summary>
/// <remarks><c>sgd</c>, <c>sgd=0.9</c> (momentum), <c>nesterov=0.9</c>, <c>rmsprop</c>, <c>adam</c>, <c>adamw=0.01</c> (decay), <c>adagrad</c>; constants not named are those of PyTorch.</remarks>
public static class OptimiserChoice
{
    /// <summary>The names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["sgd", "nesterov", "rmsprop", "adam", "adamw", "adagrad"];

    /// <summary>The optimiser of that name.</summary>
    /// <param name="text">A name, or a name with its number.</param>
    /// <param name="count">How many parameters there are.</param>
    /// <exception cref="ArgumentException">There is none, or its number is out of range.</exception>
    public static Optimiser<T> Make<T>(string text, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] words = text.Split('=');
        double number = 0;
        if (words.Length > 2 || (words.Length == 2 && !double.TryParse(words[1], CultureInfo.InvariantCulture, out number)))
            throw Unknown(text);
        bool plain = words.Length == 1;
        return words[0] switch
        {
            "sgd" => new Sgd<T>(count, number),
            "nesterov" => new Nesterov<T>(count, plain ? 0.9 : number),
            "rmsprop" when plain => new RmsProp<T>(count),
            "adam" when plain => new Adam<T>(count),
            "adamw" => new AdamW<T>(count, weightDecay: plain ? 0.01 : number),
            "adagrad" when plain => new Adagrad<T>(count),
            _ => throw Unknown(text),
        };
    }

    private static ArgumentException Unknown(string text) =>
        new(
            $"optimiser: expected sgd, sgd=MOMENTUM, nesterov=MOMENTUM, rmsprop, adam, adamw=DECAY or adagrad (as in sgd=0.9), got '{text}'."
        );
}
