using System.Globalization;

namespace Farback.Training;

/// <summary>A schedule by its name.</summary>
public static class ScheduleChoice
{
    /// <summary>
    ///   Reads <c>constant</c>, <c>cosine</c> or <c>cosine=FLOOR</c> (down to the last step), <c>exponential=FACTOR</c> (a step),
    ///   <c>step=EVERY</c> or <c>step=EVERY,FACTOR</c>.
    /// </summary>
    /// <param name="text">Its name.</param>
    /// <param name="rate">The first rate.</param>
    /// <param name="steps">The updates of the whole training, warm-up included.</param>
    /// <param name="warmUp">The updates over which the rate rises first; 0 for none.</param>
    /// <exception cref="ArgumentException">It is none of these, or a number is out of range.</exception>
    public static Schedule Parse(string text, double rate, long steps, long warmUp = 0)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] words = text.Split('=');
        double[] numbers = [];
        if (words.Length == 2)
            numbers =
            [
                .. words[1]
                    .Split(',')
                    .Select(word => double.TryParse(word, CultureInfo.InvariantCulture, out double n) ? n : throw Unknown(text)),
            ];
        else if (words.Length > 2)
            throw Unknown(text);
        Schedule then = (words[0], numbers) switch
        {
            ("constant", []) => new ConstantRate(rate),
            ("cosine", []) => new CosineDecay(rate, Math.Max(1, steps - warmUp)),
            ("cosine", [double floor]) => new CosineDecay(rate, Math.Max(1, steps - warmUp), floor),
            ("exponential", [> 0 and double factor]) => new ExponentialDecay(rate, factor),
            ("step", [>= 1 and double every]) => new StepDecay(rate, (long)every),
            ("step", [>= 1 and double every, > 0 and double factor]) => new StepDecay(rate, (long)every, factor),
            _ => throw Unknown(text),
        };
        return warmUp == 0 ? then : new WarmUp(warmUp, then);
    }

    private static ArgumentException Unknown(string text) =>
        new($"schedule: expected constant, cosine, cosine=FLOOR, exponential=FACTOR, step=EVERY or step=EVERY,FACTOR, got '{text}'.");
}
