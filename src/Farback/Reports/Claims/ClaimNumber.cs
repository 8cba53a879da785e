using Farback.Diagnosis;

namespace Farback.Reports;

/// <summary>How a number of a claim reads.</summary>
public enum ClaimUnit
{
    /// <summary>A share of right answers, or a part of a whole: as per cent.</summary>
    Share,

    /// <summary>A size, kept as its log₁₀.</summary>
    Log10,

    /// <summary>Any other number.</summary>
    Plain,
}

/// <summary>One measured number, once for each seed.</summary>
/// <param name="Name">What was measured, in plain words.</param>
/// <param name="Unit">How it reads.</param>
/// <param name="PerSeed">One a seed, in the order of the seeds; NaN where a seed has none.</param>
public sealed record ClaimNumber(string Name, ClaimUnit Unit, IReadOnlyList<double> PerSeed)
{
    /// <summary>The mean over seeds with a 95 % bootstrap interval; a size's mean is that of its logarithm.</summary>
    public Estimate Value => Estimate.OfMean([.. PerSeed.Where(one => !double.IsNaN(one))]);

    /// <summary>True where the whole interval lies at or above a threshold, false where it lies below, null where it straddles it or rests on one seed.</summary>
    public bool? AtLeast(double threshold)
    {
        Estimate value = Value;
        return value.Count < 2 ? null
            : value.Low >= threshold ? true
            : value.High < threshold ? false
            : null;
    }

    /// <summary>The mean and its interval: 99 % (97 % to 100 %).</summary>
    public string Text
    {
        get
        {
            Estimate value = Value;
            return value.Count == 0 ? "not measured"
                : value.Low == value.High ? Say(value.Value)
                : $"{Say(value.Value)} ({Say(value.Low)} to {Say(value.High)})";
        }
    }

    /// <summary>One value as it reads.</summary>
    public string Say(double value) =>
        Unit switch
        {
            ClaimUnit.Share => NumberText.Percent(value),
            ClaimUnit.Log10 => NumberText.Size(value),
            _ => value < 0 ? NumberText.Signed(value) : NumberText.Short(value),
        };
}

/// <summary>A threshold drawn into a chart.</summary>
/// <param name="At">Where, in the chart's unit.</param>
/// <param name="Name">What it is.</param>
public sealed record ClaimMark(double At, string Name);

/// <summary>Numbers of one unit under each other, each seed a dot, the interval a bar.</summary>
/// <param name="Title">What is shown.</param>
/// <param name="From">The left end of the axis; what lies beyond is drawn at the end and marked.</param>
/// <param name="To">The right end.</param>
/// <param name="Marks">Thresholds.</param>
/// <param name="Rows">The numbers, all of one unit.</param>
public sealed record ClaimChart(string Title, double From, double To, IReadOnlyList<ClaimMark> Marks, IReadOnlyList<ClaimNumber> Rows);
