using Farback.Gradients;

namespace Farback.Reports;

/// <summary>How a horizon and a half-life read.</summary>
public static class ProfileText
{
    /// <summary>"12 words", "41 words or more", or "none" where no lag reaches the threshold.</summary>
    public static string Reach(Horizon horizon)
    {
        ArgumentNullException.ThrowIfNull(horizon);
        return horizon.Lag is not { } lag ? "none"
            : horizon.AtLeast ? Words(lag) + " or more"
            : Words(lag);
    }

    /// <summary>"1.3 words", or that it does not fade.</summary>
    public static string HalfLife(LagProfile profile)
    {
        ArgumentNullException.ThrowIfNull(profile);
        return profile.HalfLife is { } words ? NumberText.Signed(words) + " words" : "none: it does not fade";
    }

    /// <summary>"1 word", "7 words".</summary>
    public static string Words(int count) => NumberText.Whole(count) + (count == 1 ? " word" : " words");
}
