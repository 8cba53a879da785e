using System.Globalization;

namespace Farback.Training;

/// <summary>What watching and training took so far, in seconds of the caller's clock.</summary>
/// <param name="Watched">All looks together.</param>
/// <param name="LastLook">The last look; 0 before the second: the first is no measure, because its code is compiled.</param>
/// <param name="Trained">All steps together, without the looks.</param>
/// <param name="Steps">How many steps that were.</param>
public readonly record struct WatchCost(double Watched, double LastLook, double Trained, long Steps)
{
    /// <summary>The part of the time that watching took; 0 where nothing took any.</summary>
    public double Share => Watched > 0 ? Watched / (Watched + Trained) : 0;
}

/// <summary>When a training is looked at: every so many steps, or as often as a part of the time allows.</summary>
/// <remarks>
///   With w a look's and s a step's seconds, a look every N steps takes w/(N s + w) of the time: N ≥ (w/s)(1 − β)/β for a part of at most β. N is the
///   next of 1, 2, 5, 10, 20, 50, … A look is due at every multiple of N at which, with it and the one at the end, the part of the time so far stays within β: what
///   the first look cost more, because its code was compiled, is paid off before the next. It reads no clock: the same costs give the same answers.
/// </remarks>
public sealed record WatchSchedule
{
    /// <summary>The part of the time that is allowed without being asked.</summary>
    public const double DefaultBudget = 0.03;

    // before a look was timed
    private const long Untimed = 100;

    private const string AutoWord = "auto",
        OffWord = "off";

    private WatchSchedule(long? every, double budget) => (Steps, Budget) = (every, budget);

    /// <summary>Never.</summary>
    public static WatchSchedule Off { get; } = new(null, 0);

    /// <summary>As often as <see cref="DefaultBudget"/> allows.</summary>
    public static WatchSchedule Auto { get; } = new(null, DefaultBudget);

    /// <summary>Every so many steps, whatever it costs.</summary>
    /// <exception cref="ArgumentException">It is not positive.</exception>
    public static WatchSchedule Every(long steps) =>
        steps > 0 ? new(steps, 1) : throw new ArgumentException($"watch: expected 1 step or more, got {steps}.");

    /// <summary>As often as a part of the time allows.</summary>
    /// <exception cref="ArgumentException">It is not between 0 and 1.</exception>
    public static WatchSchedule Within(double budget) =>
        budget is > 0 and < 1
            ? new(null, budget)
            : throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"watch: expected between 0 % and 100 % of the time, got {100 * budget} %.")
            );

    /// <summary>Steps between two looks; null where the costs decide.</summary>
    public long? Steps { get; }

    /// <summary>β, the part of the time that looks may take.</summary>
    public double Budget { get; }

    /// <summary>Whether there are looks at all.</summary>
    public bool IsOn => Budget > 0;

    /// <summary>auto, auto=PERCENT, off, or the steps between two looks.</summary>
    /// <exception cref="ArgumentException">It is none of these.</exception>
    public static WatchSchedule Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text switch
        {
            OffWord => Off,
            AutoWord => Auto,
            _ when text.StartsWith(AutoWord + "=", StringComparison.Ordinal)
                    && double.TryParse(text[(AutoWord.Length + 1)..].TrimEnd('%'), CultureInfo.InvariantCulture, out double percent) =>
                Within(percent / 100),
            _ => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long steps) && steps > 0
                ? Every(steps)
                : throw new ArgumentException(
                    $"watch: expected auto, auto=PERCENT of the time, off, or the steps between two looks, as in 100, got '{text}'."
                ),
        };
    }

    /// <summary>N, the steps between two looks at those costs.</summary>
    public long Interval(WatchCost cost)
    {
        if (Steps is { } steps)
            return steps;
        if (cost.LastLook == 0 || cost.Steps == 0 || cost.Trained == 0)
            return Untimed;
        double fewest = cost.LastLook / (cost.Trained / cost.Steps) * (1 - Budget) / Budget;
        long power = 1;
        while (5 * power < fewest && power < long.MaxValue / 100)
            power *= 10;
        return power >= fewest ? power
            : 2 * power >= fewest ? 2 * power
            : 5 * power;
    }

    /// <summary>Whether a look is due after a step.</summary>
    /// <param name="step">The updates made; 0, the initial weights, is always looked at.</param>
    /// <param name="cost">What was paid so far.</param>
    public bool IsDue(long step, WatchCost cost) =>
        IsOn
        && (
            step == 0
            || (
                step % Interval(cost) == 0
                && (Steps is not null || (cost.Watched + 2 * cost.LastLook) * (1 - Budget) <= Budget * cost.Trained)
            )
        );

    /// <inheritdoc/>
    public override string ToString() =>
        !IsOn ? OffWord
        : Steps is { } steps ? steps.ToString(CultureInfo.InvariantCulture)
        : Budget == DefaultBudget ? AutoWord
        : string.Create(CultureInfo.InvariantCulture, $"{AutoWord}={100 * Budget:R}");
}
