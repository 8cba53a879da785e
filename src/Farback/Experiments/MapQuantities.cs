using Farback.Gradients;
using Farback.Reports;

namespace Farback.Experiments;

/// <summary>What can be shown of a map of one sequence: how much of the error arrives, sizes, signed shares.</summary>
/// <param name="map">The map; its lane 0 is shown.</param>
/// <param name="rows">The loss times that become rows.</param>
/// <param name="lags">The largest lag of a row, whose columns then are lags, the largest first; null where columns are steps.</param>
public sealed class MapQuantities(GradientMap map, IReadOnlyList<int> rows, int? lags = null)
{
    // fixed decades, never rescaled between lengths, networks or before and after
    private static readonly ScaleRange Left = new(-6, 0);
    private static readonly ScaleRange Pull = new(-9, 0);
    private static readonly ScaleRange Signed = new(-1, 1);

    /// <summary>Every quantity: what arrives, then the size of each series, then the share of all.</summary>
    /// <param name="full">Whether blocks and gates are there one by one.</param>
    public IReadOnlyList<MapQuantity> All(bool full) =>
        [Arrives, .. map.Series.Where(series => full || series == map.All).Select(Size), Share(map.All)];

    /// <summary>‖λ[t,k]‖/‖λ[t,t]‖: how much of a word's error is left at an earlier word.</summary>
    public MapQuantity Arrives
    {
        get
        {
            MapSite site = map.Sites[0];
            double Ratio(int t, int k) => (site.AdjointAt(map.Entry(t, k), 0) - site.AdjointAt(map.Entry(t, t), 0)) * Math.Log10(2);
            return Make(
                "How much of the error arrives",
                "Each row is the error at one word; to the left it goes back to earlier words, and the colour is how much of it is left there.",
                "Of the error at “{row}” here, {value} is left when it has gone back {lag} to “{column}”.",
                MapScale.Log,
                Left,
                (t, k) =>
                {
                    CellClass walked = map.All.Class[map.Entry(t, k)];
                    if (walked is CellClass.NoPath or CellClass.NotALoss or CellClass.CutByTruncation)
                        return (walked, 0);
                    double left = Ratio(t, k);
                    return (
                        double.IsFinite(left) ? CellClass.Value
                        : double.IsNegativeInfinity(left) ? (walked == CellClass.Value ? CellClass.ExactZero : walked)
                        : CellClass.NaN,
                        left
                    );
                }
            );
        }
    }

    /// <summary>‖G[t,k]‖ of the series of that name.</summary>
    public MapQuantity Size(string series) => Size(map[series]);

    /// <summary>The signed share of the series of that name.</summary>
    public MapQuantity Share(string series) => Share(map[series]);

    private MapQuantity Size(MapSeries series)
    {
        string what = BlockNames.Of(series);
        return Make(
            $"Size of the gradient, {what}",
            $"‖G[t,k]‖ of {what}: how strongly the loss at the row's word pulls at the use of the weights at the column's word. Sizes do not add.",
            "The loss at “{row}” pulls with {value} at the weights' use at “{column}”, {lag} back.",
            MapScale.Log,
            Pull,
            (t, k) => (series.Class[map.Entry(t, k)], series.Log2Norm[map.Entry(t, k)] * Math.Log10(2))
        );
    }

    private MapQuantity Share(MapSeries series)
    {
        string what = BlockNames.Of(series);
        return Make(
            $"Share of the update, {what}",
            $"What each entry contributes to this sentence's update of {what}. Shares add, and make 1 together; some push the other way.",
            "The loss at “{row}”, through the weights' use at “{column}” {lag} back, contributes {value} of the update.",
            MapScale.Signed,
            Signed,
            (t, k) =>
            {
                int entry = map.Entry(t, k);
                return (
                    series.Class[entry] == CellClass.Value && !double.IsFinite(series.Share[entry]) ? CellClass.NaN : series.Class[entry],
                    series.Share[entry]
                );
            }
        );
    }

    private MapQuantity Make(
        string name,
        string meaning,
        string sentence,
        MapScale scale,
        ScaleRange range,
        Func<int, int, (CellClass Class, double Value)> entry
    )
    {
        int columns = lags + 1 ?? map.Times;
        double?[] values = new double?[rows.Count * columns];
        CellClass[] classes = new CellClass[values.Length];
        for (int at = 0; at < values.Length; at++)
        {
            int t = rows[at / columns],
                k = lags is { } largest ? t - largest + at % columns : at % columns;
            if (map.Entry(t, k) < 0)
            {
                classes[at] = k < 0 ? CellClass.NoPath : CellClass.CutByTruncation;
                continue;
            }
            (classes[at], double value) = entry(t, k);
            values[at] = classes[at] == CellClass.Value ? value : null;
        }
        return new()
        {
            Name = name,
            Meaning = meaning,
            Sentence = sentence,
            Scale = scale,
            Range = range,
            Values = values,
            Classes = classes,
        };
    }
}
