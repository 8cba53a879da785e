namespace Farback.Reports;

/// <summary>How the numbers of a sum table read: with the same decimals everywhere, so that a reader can add them up.</summary>
public static class SumText
{
    /// <summary>As many decimals as give the largest entry five digits; 2 to 12.</summary>
    public static int Decimals(SumTable sum)
    {
        ArgumentNullException.ThrowIfNull(sum);
        var largest = sum
            .Entries.Where(entry => entry is { } value && double.IsFinite(value))
            .Select(entry => Math.Abs(entry!.Value))
            .DefaultIfEmpty(0)
            .Max();
        return largest == 0 ? 2 : Math.Clamp(4 - (int)Math.Floor(Math.Log10(largest)), 2, 12);
    }

    /// <summary>An entry or a total; one that these decimals would show as zero keeps its power of ten.</summary>
    public static string Entry(double value, int decimals) =>
        value != 0 && Math.Abs(value) < 0.5 * Math.Pow(10, -decimals) ? NumberText.Signed(value) : NumberText.Fixed(value, decimals);

    /// <summary>w − α·Σ with its numbers: 0.12 − 0.001 × 0.034 = 0.119966.</summary>
    public static string Update(SumTable sum)
    {
        ArgumentNullException.ThrowIfNull(sum);
        var decimals = Decimals(sum);
        var total = Entry(sum.Total, decimals);
        var step = Math.Abs(sum.LearningRate * sum.Total);
        // Enough decimals for the step itself to be seen.
        var fine = step == 0 || !double.IsFinite(step) ? decimals : Math.Clamp(2 - (int)Math.Floor(Math.Log10(step)), decimals, 12);
        var bracketed = sum.Total < 0 ? $"({total})" : total;
        return $"{NumberText.Fixed(sum.Before, fine)} − {NumberText.Signed(sum.LearningRate)} × {bracketed} = {NumberText.Fixed(sum.After, fine)}";
    }
}
