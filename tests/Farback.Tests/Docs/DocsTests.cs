using System.Text.RegularExpressions;

namespace Farback.Tests.Docs;

/// <summary>The documentation names nothing that is not there.</summary>
public sealed partial class DocsTests
{
    public static TheoryData<string> Pages() => [.. Repository.Pages()];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_relative_link_leads_somewhere(string page)
    {
        string folder = Path.GetDirectoryName(Path.Combine(Repository.Root, page))!;
        string[] broken =
        [
            .. Link()
                .Matches(Repository.Read(page))
                .Select(link => link.Groups[1].Value)
                .Where(target => !target.Contains(':', StringComparison.Ordinal))
                .Where(target => !Path.Exists(Path.Combine(folder, target)))
                .Distinct(),
        ];
        Assert.True(broken.Length == 0, $"{page} links to what is not there: {string.Join(", ", broken)}");
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_path_that_is_named_exists(string page)
    {
        string[] missing =
        [
            .. NamedPath()
                .Matches(Repository.Read(page))
                .Select(path => path.Value.TrimEnd('.', '/'))
                .Where(path => !Path.Exists(Path.Combine(Repository.Root, path)))
                .Distinct(),
        ];
        Assert.True(missing.Length == 0, $"{page} names what is not there: {string.Join(", ", missing)}");
    }

    [Fact]
    public void Every_code_name_of_the_notation_occurs_in_a_file_that_its_line_names()
    {
        List<string> wrong = [];
        int names = 0;
        foreach (string line in Repository.Read("docs/notation.md").Split('\n'))
        {
            // symbol | code name | shape or meaning | first defined in
            string[] columns = [.. line.Trim().Trim('|').Split('|')];
            if (columns.Length != 4)
                continue;
            string[] files = [.. Quoted().Matches(columns[3]).Select(file => file.Groups[1].Value)];
            if (files.Length == 0)
                continue;
            string code = string.Join('\n', files.Where(file => File.Exists(Path.Combine(Repository.Root, file))).Select(Repository.Read));
            foreach (Match name in Quoted().Matches(columns[1]))
            {
                names++;
                if (!Regex.IsMatch(code, $@"\b{Regex.Escape(name.Groups[1].Value)}\b"))
                    wrong.Add($"{name.Groups[1].Value} ({columns[0].Trim()}) in {string.Join(", ", files)}");
            }
        }
        Assert.True(wrong.Count == 0, $"docs/notation.md: not found: {string.Join("; ", wrong)}");
        Assert.True(names > 100, $"docs/notation.md: {names} names found, expected more than 100; have its tables changed their form?");
    }

    [GeneratedRegex(@"\]\(([^)#\s]+)(#[^)]*)?\)")]
    private static partial Regex Link();

    // at the start of a word, so that ../src/… in a link is left to the links
    [GeneratedRegex(@"(?<![\w./-])(?:src|tests|docs|examples|bench)/[\w./-]+")]
    private static partial Regex NamedPath();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
