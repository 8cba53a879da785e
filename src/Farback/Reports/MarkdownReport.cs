using System.Globalization;
using System.Text;
using Farback.Gradients;

namespace Farback.Reports;

/// <summary>A report as Markdown: the numbers of the page without its pictures.</summary>
public static class MarkdownReport
{
    /// <summary>The report as GitHub-flavoured Markdown; labels cannot break out of their cells.</summary>
    public static string Render(Report report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var text = new StringBuilder();
        Line(text, $"# {Plain(report.Question)}");
        Line(text, $"**{Plain(report.Answer)}**");
        if (report.Scope is { } scope)
            Line(text, Plain(scope));
        Verdicts(text, report);
        foreach (var network in report.Networks)
        {
            Network(text, network);
        }

        if (report.Sum is { } sum)
        {
            Sum(text, sum);
        }

        Source(text, report.Provenance);
        return text.ToString().TrimEnd() + "\n";
    }

    private static void Verdicts(StringBuilder text, Report report)
    {
        Row(text, ["network", .. report.Networks.Select(n => n.Name)]);
        Rule(text, report.Networks.Count + 1);
        Row(text, ["verdict", .. report.Networks.Select(n => n.Verdict.Words)]);
        var cards = report.Networks.Count == 0 ? 0 : report.Networks.Max(n => n.Cards.Count);
        for (var card = 0; card < cards; card++)
        {
            var title = report.Networks.First(n => n.Cards.Count > card).Cards[card].Title;
            Row(text, [title, .. report.Networks.Select(n => n.Cards.Count > card ? n.Cards[card].Value : "–")]);
        }

        text.Append('\n');
    }

    private static void Network(StringBuilder text, NetworkReport network)
    {
        Line(text, $"## {Plain(network.Name)}");
        foreach (var card in network.Cards)
        {
            text.Append(CultureInfo.InvariantCulture, $"- **{Plain(card.Title)}: {Plain(card.Value)}.** {Plain(card.Sentence)}\n");
        }

        text.Append('\n');
        Line(text, "### How far back");
        Row(text, ["", "rate a word", "half-life", "horizon 0.1", "horizon 0.01"]);
        Rule(text, 5);
        Profile(text, "before training", network.ProfileBefore);
        Profile(text, "after training", network.ProfileAfter);
        text.Append('\n');

        if (network.Chain is { } chain)
            ChainMarkdown.Add(text, chain);
        if (network is { SpectrumBefore: { } keptBefore, SpectrumAfter: { } keptAfter })
            SpectrumMarkdown.Add(text, keptBefore, keptAfter);

        Line(text, "### Right by distance");
        Row(text, ["distance", "what", "each run", "predictions a run"]);
        Rule(text, 4);
        foreach (var place in network.Accuracy)
        {
            Row(
                text,
                [
                    NumberText.Whole(place.Lag),
                    place.Name,
                    string.Join(", ", place.PerRun.Select(NumberText.Percent)),
                    NumberText.Whole(place.Count),
                ]
            );
        }

        text.Append('\n');
        Runs(text, network.Runs);
        Line(text, "### Details");
        foreach (var figure in network.Details)
        {
            text.Append(CultureInfo.InvariantCulture, $"- {Plain(figure.Name)}: **{Plain(figure.Value)}**. {Plain(figure.Meaning)}\n");
        }

        text.Append('\n');
    }

    private static void Profile(StringBuilder text, string name, LagProfile profile) =>
        Row(
            text,
            [
                name,
                profile.Rate is { } rate ? NumberText.Signed(rate) : "–",
                ProfileText.HalfLife(profile),
                ProfileText.Reach(profile.Tenth),
                ProfileText.Reach(profile.Hundredth),
            ]
        );

    private static void Runs(StringBuilder text, IReadOnlyList<RunResult> runs)
    {
        Line(text, "### Every run");
        Row(text, ["seed", "verbs right", "other words right", "steps", "learned at", "loss", "horizon before", "horizon after"]);
        Rule(text, 8);
        foreach (var run in runs)
        {
            Row(
                text,
                [
                    run.Seed.ToString(CultureInfo.InvariantCulture),
                    NumberText.Percent(run.VerbAccuracy),
                    NumberText.Percent(run.WordAccuracy),
                    NumberText.Whole(run.Steps),
                    run.LearnedAt is { } step ? NumberText.Whole(step) : "never",
                    NumberText.Signed(run.Loss),
                    ProfileText.Reach(run.HorizonBefore),
                    ProfileText.Reach(run.HorizonAfter),
                ]
            );
        }

        text.Append('\n');
    }

    private static void Sum(StringBuilder text, SumTable sum)
    {
        var width = sum.Words.Count;
        var decimals = SumText.Decimals(sum);
        Line(text, "## Sum, not multiply");
        Line(text, $"{Plain(sum.Network)}, {Plain(sum.Weight)}: {Plain(sum.Line)}");
        Row(text, ["", .. Enumerable.Range(1, width).Select(k => $"dw{k}"), "row total"]);
        Rule(text, width + 2);
        for (var t = 0; t < width; t++)
        {
            var row = t;
            Row(
                text,
                [
                    $"dL{t + 1}/dw ({sum.Words[t]})",
                    .. Enumerable
                        .Range(0, width)
                        .Select(k => sum.Entries[(row * width) + k] is { } entry ? SumText.Entry(entry, decimals) : "no path"),
                    SumText.Entry(sum.RowTotals[t], decimals),
                ]
            );
        }

        Row(
            text,
            ["column total", .. sum.ColumnTotals.Select(total => SumText.Entry(total, decimals)), SumText.Entry(sum.Total, decimals)]
        );
        text.Append('\n');
        Line(text, $"Ordinary gradient: {SumText.Entry(sum.OrdinaryGradient, decimals)}. Update: {SumText.Update(sum)}.");
    }

    private static void Source(StringBuilder text, Provenance provenance)
    {
        Line(text, "## Where the numbers come from");
        Row(text, ["", ""]);
        Rule(text, 2);
        Row(text, ["program", provenance.Program]);
        Row(text, ["command", provenance.Command]);
        Row(text, ["precision", provenance.Precision]);
        Row(text, ["reduction", provenance.Reduction]);
        Row(text, ["seeds", string.Join(", ", provenance.Seeds)]);
        text.Append('\n');
        foreach (var fact in provenance.Facts)
        {
            text.Append(CultureInfo.InvariantCulture, $"- {Plain(fact)}\n");
        }
    }

    internal static void Line(StringBuilder text, string line) => text.Append(line).Append("\n\n");

    internal static void Row(StringBuilder text, IEnumerable<string> cells)
    {
        text.Append('|');
        foreach (var cell in cells)
        {
            text.Append(' ').Append(Plain(cell)).Append(" |");
        }

        text.Append('\n');
    }

    internal static void Rule(StringBuilder text, int cells) => text.Append('|').Insert(text.Length, " --- |", cells).Append('\n');

    // Backslash-escapes what Markdown or HTML would act upon; line ends become spaces.
    internal static string Plain(string label)
    {
        var safe = new StringBuilder(label.Length);
        foreach (var letter in label)
        {
            safe.Append(
                letter switch
                {
                    '\r' or '\n' => " ",
                    '<' => "&lt;",
                    '&' => "&amp;",
                    '|' or '*' or '_' or '`' or '[' or ']' or '\\' => "\\" + letter,
                    _ => letter.ToString(),
                }
            );
        }

        return safe.ToString();
    }
}
