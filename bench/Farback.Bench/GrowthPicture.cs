using System.Globalization;
using System.Text;

namespace Farback.Bench;

/// <summary>Four small pictures of cost against size in one SVG: both axes logarithmic, a line for every cell, its name at its end.</summary>
internal static class GrowthPicture
{
    private const double Wide = 430,
        High = 270,
        Left = 56,
        Right = 62,
        Top = 34,
        Bottom = 42;

    public static string Of(IReadOnlyList<Growth.Point> points)
    {
        var svg = new StringBuilder();
        svg.Append(
            CultureInfo.InvariantCulture,
            $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * Wide} {2
                * High}" role="img" aria-label="Milliseconds against steps, lanes, units and loss times">
            <style>
              svg {"{"} font: 12px sans-serif; --paper: #fff; --ink: #24292f; --faint: #d0d7de; --s0: #1f6fb4; --s1: #b35900; --s2: #1a7f37 {"}"}
              @media (prefers-color-scheme: dark) {"{"} svg {"{"} --paper: #0d1117; --ink: #e6edf3; --faint: #3d444d; --s0: #6cb6ff; --s1: #f0a35e; --s2: #57c26b {"}"} {"}"}
              .paper {"{"} fill: var(--paper) {"}"} text {"{"} fill: var(--ink) {"}"} .title {"{"} font-weight: bold {"}"}
              .grid {"{"} stroke: var(--faint) {"}"} .law {"{"} stroke: var(--ink); stroke-dasharray: 2 4; opacity: .6 {"}"}
              polyline {"{"} fill: none; stroke-width: 2 {"}"}
              .s0 {"{"} stroke: var(--s0) {"}"} .s1 {"{"} stroke: var(--s1) {"}"} .s2 {"{"} stroke: var(--s2) {"}"}
              text.s0, text.s1, text.s2 {"{"} stroke: none {"}"} text.s0 {"{"} fill: var(--s0) {"}"} text.s1 {"{"} fill: var(--s1) {"}"} text.s2 {"{"} fill: var(--s2) {"}"}
            </style>
            <rect class="paper" width="100%" height="100%"/>

            """
        );
        for (int axis = 0; axis < Growth.Axes.Length; axis++)
            Panel(svg, Growth.Axes[axis], [.. points.Where(point => point.Axis == axis)], axis % 2 * Wide, axis / 2 * High);
        return svg.Append("</svg>\n").ToString();
    }

    private static void Panel(StringBuilder svg, Growth.Axis axis, Growth.Point[] points, double x0, double y0)
    {
        double least = Math.Floor(Math.Log10(points.Min(point => point.Milliseconds))),
            most = Math.Ceiling(Math.Log10(points.Max(point => point.Milliseconds)));
        double X(double size) =>
            x0 + Left + (Wide - Left - Right) * Math.Log(size / axis.Sizes[0]) / Math.Log((double)axis.Sizes[^1] / axis.Sizes[0]);
        double Y(double ms) => y0 + High - Bottom - (High - Top - Bottom) * (Math.Log10(ms) - least) / (most - least);

        Text(svg, x0 + Left, y0 + 20, "title", axis.Title);
        for (double power = least; power <= most; power++)
        {
            double y = Y(Math.Pow(10, power));
            Line(svg, "grid", x0 + Left, y, x0 + Wide - Right, y);
            Text(
                svg,
                x0 + Left - 6,
                y + 4,
                "",
                $"{Math.Pow(10, power).ToString("0.###", CultureInfo.InvariantCulture)}{(power == most ? " ms" : "")}",
                "end"
            );
        }
        foreach (int size in axis.Sizes)
            Text(svg, X(size), y0 + High - Bottom + 16, "", $"{size}", "middle");
        Text(svg, x0 + Left + (Wide - Left - Right) / 2, y0 + High - Bottom + 34, "", axis.Size, "middle");
        Law(svg, axis, points, X, Y, y0 + Top);

        double above = double.PositiveInfinity;
        foreach (
            (var series, int colour) in points
                .GroupBy(point => point.Cell)
                .Select((series, i) => (series, i))
                .OrderByDescending(one => Y(one.series.Last().Milliseconds))
        )
        {
            string path = string.Join(' ', series.Select(point => Invariant($"{X(point.Size):0.#},{Y(point.Milliseconds):0.#}")));
            svg.Append("<polyline class=\"s").Append(colour).Append("\" points=\"").Append(path).Append("\"/>\n");
            above = Math.Min(Y(series.Last().Milliseconds) + 4, above - 13); // names keep out of each other's way
            Text(svg, x0 + Wide - Right + 6, above, $"s{colour}", series.Key);
        }
    }

    // what cost would do that grew as the arithmetic of large sizes does, from the last point of the cheapest cell down
    private static void Law(
        StringBuilder svg,
        Growth.Axis axis,
        Growth.Point[] points,
        Func<double, double> x,
        Func<double, double> y,
        double top
    )
    {
        Growth.Point last = points.Where(point => point.Size == axis.Sizes[^1]).MinBy(point => point.Milliseconds)!;
        double end = last.Milliseconds / 2,
            least = points.Min(point => point.Milliseconds),
            from = Math.Max(axis.Sizes[0], axis.Sizes[^1] * Math.Pow(least / end, 1.0 / axis.Power));
        double begin = end * Math.Pow(from / axis.Sizes[^1], axis.Power);
        Line(svg, "law", x(from), y(begin), x(axis.Sizes[^1]), y(end));
        double middle = Math.Sqrt(from * axis.Sizes[^1]);
        Text(
            svg,
            x(middle) + 6,
            Math.Max(top, y(end * Math.Pow(middle / axis.Sizes[^1], axis.Power)) + 16),
            "",
            axis.Power == 1 ? "×2 → ×2" : "×2 → ×4"
        );
    }

    private static void Line(StringBuilder svg, string kind, double x1, double y1, double x2, double y2) =>
        svg.Append(
            CultureInfo.InvariantCulture,
            $"<line class=\"{kind}\" x1=\"{x1:0.#}\" y1=\"{y1:0.#}\" x2=\"{x2:0.#}\" y2=\"{y2:0.#}\"/>\n"
        );

    private static void Text(StringBuilder svg, double x, double y, string kind, string text, string anchor = "start") =>
        svg.Append(
            CultureInfo.InvariantCulture,
            $"<text class=\"{kind}\" x=\"{x:0.#}\" y=\"{y:0.#}\" text-anchor=\"{anchor}\">{text}</text>\n"
        );

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
