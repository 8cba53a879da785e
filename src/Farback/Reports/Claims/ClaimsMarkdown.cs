using System.Text;

namespace Farback.Reports;

/// <summary>The claims as Markdown, for a terminal as well as a page.</summary>
public static class ClaimsMarkdown
{
    /// <summary>All of it.</summary>
    public static string Of(ClaimsReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var text = new StringBuilder();
        text.Append($"# {ClaimsReport.Question}\n\n{report.Answer}\n");
        foreach (ClaimAnswer claim in report.Claims.Concat(report.Questions))
            Add(text, claim);
        text.Append(
            $"\n`{report.Provenance.Command}`, seeds {string.Join(", ", report.Provenance.Seeds)}; {report.Provenance.Precision}.\n"
        );
        foreach (string fact in report.Provenance.Facts)
            text.Append($"- {fact}\n");
        return text.ToString();
    }

    private static void Add(StringBuilder text, ClaimAnswer claim)
    {
        text.Append($"\n## {claim.Key}. “{claim.Claim}”\n\n**{claim.Word}.** {claim.Because}\n\n");
        foreach (ClaimNumber number in claim.Numbers)
            text.Append($"- {number.Name}: {number.Text}\n");
        text.Append($"\nIt would flip it: {claim.WouldFlip}\nMore: `{claim.See}`\n");
    }
}
