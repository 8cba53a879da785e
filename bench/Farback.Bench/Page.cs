namespace Farback.Bench;

/// <summary>A page whose tables are replaced: each stands between <c>&lt;!-- measured: name --&gt;</c> and <c>&lt;!-- end --&gt;</c>.</summary>
internal static class Page
{
    private const string End = "<!-- end -->";

    public static string Replace(string page, string name, string table)
    {
        string mark = $"<!-- measured: {name} -->";
        int begin = page.IndexOf(mark, StringComparison.Ordinal),
            end = begin < 0 ? -1 : page.IndexOf(End, begin, StringComparison.Ordinal);
        return end < 0
            ? throw new FormatException($"page: expected {mark} and, after it, {End}; they are not there.")
            : $"{page[..(begin + mark.Length)]}\n{table.TrimEnd()}\n{page[end..]}";
    }
}
