using System.Text;

namespace Farback.Ui.Charts;

/// <summary>A chart's frame: lag across, log₁₀ of a ratio down, with a floor below which lines are cut.</summary>
/// <param name="MaxLag">The lag at the right edge.</param>
/// <param name="Top">log₁₀ at the upper edge.</param>
/// <param name="Floor">log₁₀ at the lower edge.</param>
public sealed record LogFrame(int MaxLag, double Top, double Floor)
{
    internal const double Left = 56;
    internal const double Right = 544;
    internal const double Upper = 26;
    internal const double Lower = 268;

    /// <summary>Pixels across for a lag.</summary>
    public double X(double lag) => Left + ((Right - Left) * lag / Math.Max(1, MaxLag));

    /// <summary>Pixels down for a log₁₀.</summary>
    public double Y(double log10) => Upper + ((Lower - Upper) * (Top - log10) / Math.Max(1e-9, Top - Floor));

    /// <summary>A line through the points, cut where it leaves the frame: never clamped to a plateau that was not measured.</summary>
    public Trace Cut(IEnumerable<(double Lag, double Log10)> points)
    {
        var path = new StringBuilder();
        var cuts = new List<(double X, double Y)>();
        (double Lag, double Log10)? before = null;
        var joined = false;
        foreach (var point in points)
        {
            if (double.IsNaN(point.Log10))
            {
                (before, joined) = (null, false);
                continue;
            }

            // −∞ leaves the frame straight down; any finite depth beyond the floor draws the same.
            var here = (point.Lag, Math.Clamp(point.Log10, Floor - 1e3, Top + 1e3));
            if (before is { } last)
            {
                joined = Segment(path, cuts, last, here, joined);
            }

            before = here;
        }

        return new Trace(path.ToString(), cuts);
    }

    /// <summary>The area between two lines, held inside the frame.</summary>
    public string Band(IReadOnlyList<(double Lag, double Low, double High)> points)
    {
        var inside = points.Where(p => p.High >= Floor && !double.IsNaN(p.Low)).ToList();
        if (inside.Count < 2)
        {
            return "";
        }

        var path = new StringBuilder("M");
        foreach (var (lag, _, high) in inside)
        {
            Corner(path, lag, Math.Clamp(high, Floor, Top));
        }

        foreach (var (lag, low, _) in Enumerable.Reverse(inside))
        {
            Corner(path, lag, Math.Clamp(low, Floor, Top));
        }

        return path.Append('Z').ToString();
    }

    // True where the segment's end is drawn, so that the next one goes on from it and dashes run through.
    private bool Segment(
        StringBuilder path,
        List<(double X, double Y)> cuts,
        (double Lag, double Log10) from,
        (double Lag, double Log10) to,
        bool joined
    )
    {
        // The part 0 … 1 of the segment that lies between floor and top.
        var (begin, end) = (0.0, 1.0);
        var rise = to.Log10 - from.Log10;
        foreach (var (edge, sign) in new[] { (Floor, 1.0), (Top, -1.0) })
        {
            var (room, gain) = (sign * (from.Log10 - edge), sign * rise);
            if (room < 0 && room + gain < 0)
            {
                return false;
            }

            if (room < 0)
            {
                begin = Math.Max(begin, -room / gain);
            }
            else if (room + gain < 0)
            {
                end = Math.Min(end, -room / gain);
            }
        }

        if (begin > end)
        {
            return false;
        }

        if (!joined || begin > 0)
        {
            path.Append('M');
            Corner(path, from.Lag + (begin * (to.Lag - from.Lag)), from.Log10 + (begin * rise));
        }

        Corner(path, from.Lag + (end * (to.Lag - from.Lag)), from.Log10 + (end * rise));
        if (end < 1 && to.Log10 < Floor)
        {
            cuts.Add((X(from.Lag + (end * (to.Lag - from.Lag))), Lower));
        }

        return end >= 1;
    }

    private void Corner(StringBuilder path, double lag, double log10) =>
        path.Append(Svg.At(X(lag))).Append(' ').Append(Svg.At(Y(log10))).Append(' ');
}

/// <summary>An SVG path and the places where the axis floor cut it.</summary>
public sealed record Trace(string Path, IReadOnlyList<(double X, double Y)> Cuts);
