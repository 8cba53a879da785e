using Farback.Gradients;

namespace Farback.Reports;

/// <summary>How a horizon and a half-life read.</summary>
public static class ProfileText
{
    /// <summary>"12 words", "41 words or more", "none" where no lag reaches the threshold, or that it was not measured.</summary>
    public static string Reach(Horizon horizon)
    {
        ArgumentNullException.ThrowIfNull(horizon);
        return !horizon.IsMeasured ? $"not measured (fewer than {Profiles.FewestContributions} sentences)"
            : horizon.Lag is not { } lag ? "none"
            : horizon.AtLeast ? Words(lag) + " or more"
            : Words(lag);
    }

    /// <summary>"1.3 words"; that it does not fade; from where on nothing is left; or that too few lags tell.</summary>
    public static string HalfLife(LagProfile profile)
    {
        ArgumentNullException.ThrowIfNull(profile);
        return profile.HalfLife is { } words ? NumberText.Signed(words) + " words"
            : profile.Rate is not null ? "none: it does not fade"
            : Dead(profile) is { } lag ? $"none: nothing is left {Words(lag)} back"
            : "none: too few words to tell";
    }

    /// <summary>The first lag at which nothing at all is left, where the points end because of that; or null.</summary>
    public static int? Dead(LagProfile profile)
    {
        ArgumentNullException.ThrowIfNull(profile);
        int? crossing = profile.Hundredth.FirstCrossing;
        return profile.Points.Count > 0 && crossing == profile.Points[^1].Lag + 1 ? crossing : null;
    }

    /// <summary>"1 word", "7 words".</summary>
    public static string Words(int count) => NumberText.Whole(count) + (count == 1 ? " word" : " words");
}
