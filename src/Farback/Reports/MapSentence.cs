using System.Text.RegularExpressions;
using Farback.Gradients;

namespace Farback.Reports;

/// <summary>What one entry of a map says, as a sentence.</summary>
public static partial class MapSentence
{
    /// <summary>The quantity's sentence with {row}, {column}, {lag} and {value} filled in; where the entry is no value, why not.</summary>
    /// <param name="view">The map.</param>
    /// <param name="quantity">One of its quantities.</param>
    /// <param name="row">The loss time t.</param>
    /// <param name="column">The use time k.</param>
    public static string Of(MapView view, MapQuantity quantity, int row, int column)
    {
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(quantity);
        var entry = (row * view.Columns.Count) + column;
        var kind = quantity.Classes[entry];
        if (kind != CellClass.Value || quantity.Values[entry] is not { } value)
        {
            return $"“{view.Rows[row]}” back to “{view.Columns[column]}”: {Why(kind)}.";
        }

        // One pass: a label that contains "{value}" must stay what it is.
        return Placeholder()
            .Replace(
                quantity.Sentence,
                found =>
                    found.ValueSpan switch
                    {
                        "{row}" => view.Rows[row],
                        "{column}" => view.Columns[column],
                        "{lag}" => ProfileText.Words(row - column),
                        _ => Value(quantity, value),
                    }
            );
    }

    /// <summary>An entry's value as it reads: a size from its log₁₀, or a signed share.</summary>
    public static string Value(MapQuantity quantity, double value)
    {
        ArgumentNullException.ThrowIfNull(quantity);
        return quantity.Scale == MapScale.Log ? NumberText.Size(value) : NumberText.Signed(value);
    }

    /// <summary>Why an entry of this class is no value, in plain words.</summary>
    public static string Why(CellClass kind) =>
        kind switch
        {
            CellClass.Value => "a value",
            CellClass.ExactZero => "exactly zero, because a factor is zero and not because it faded",
            CellClass.NoPath => "no path leads from this error to that word",
            CellClass.CutByTruncation => "cut off by the chosen window",
            CellClass.NotALoss => "nothing is measured at this word",
            CellClass.BelowRange => "not zero, but too small for this precision to hold",
            CellClass.ZeroBySaturation => "zero, because a saturated unit's slope rounds to zero",
            CellClass.NaN => "not a number",
            _ => "too large to hold",
        };

    [GeneratedRegex(@"\{(row|column|lag|value)\}")]
    private static partial Regex Placeholder();
}
