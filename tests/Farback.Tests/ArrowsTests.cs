using System.Text.RegularExpressions;
using Farback.Tests.Docs;

namespace Farback.Tests;

/// <summary>A room of the library may use the rooms above it, never those below.</summary>
public sealed partial class ArrowsTests
{
    /// <summary>The rooms from the top down, as src/Farback/README.md has them.</summary>
    private static readonly string[] Rooms =
    [
        "Numbers",
        "Cells",
        "Tiles",
        "Sequences",
        "Networks",
        "Adjoints",
        "Gradients",
        "Diagnosis",
        "Training",
        "Reports",
        "Experiments",
    ];

    public static TheoryData<string> EveryRoom => [.. Rooms];

    [Theory]
    [MemberData(nameof(EveryRoom))]
    public void A_room_uses_no_room_below_it(string room)
    {
        string[] below = Rooms[(Array.IndexOf(Rooms, room) + 1)..];
        List<string> found = [];
        foreach ((string file, string code) in Sources(room))
        foreach (Match use in Use().Matches(code))
            if (below.Contains(use.Groups["room"].Value))
                found.Add($"{file}: {use.Value}");
        Assert.Empty(found);
    }

    [Fact]
    public void Every_folder_of_the_library_is_a_room_and_the_readme_lists_them_in_this_order()
    {
        string[] folders =
        [
            .. Directory
                .EnumerateDirectories(Path.Combine(Repository.Root, "src/Farback"))
                .Select(folder => Path.GetFileName(folder)!)
                .Where(folder => folder is not ("bin" or "obj")),
        ];
        Assert.Equal(Rooms.Order(), folders.Order());
        string[] listed = [.. Row().Matches(Repository.Read("src/Farback/README.md")).Select(row => row.Groups[1].Value)];
        Assert.Equal(Rooms, listed);
    }

    [Fact]
    public void Intrinsics_live_in_Numbers_only()
    {
        foreach (string room in Rooms[1..])
        foreach ((string file, string code) in Sources(room))
            Assert.False(Intrinsics().IsMatch(code), $"{file} uses intrinsics; they belong to Numbers.");
    }

    // a new cell must not need a line anywhere but on its own page and in the list of cells
    [Fact]
    public void No_room_but_Cells_asks_which_cell_it_is()
    {
        string[] cells =
        [
            .. Sources("Cells").SelectMany(source => CellClass().Matches(source.Code)).Select(match => match.Groups[1].Value).Distinct(),
        ];
        Assert.Contains("LstmCell", cells);
        var asks = new Regex($@"\b(is|as|case|typeof)\b[\s(]*(not\s+)?((\w+\.)*)({string.Join('|', cells)})\b");
        foreach (string room in Rooms.Where(room => room != "Cells"))
        foreach ((string file, string code) in Sources(room))
            Assert.False(asks.IsMatch(code), $"{file}: {asks.Match(code).Value}; ask the cell for what you need to know instead.");
    }

    [Theory]
    [InlineData("using Farback.Reports;", "Reports")]
    [InlineData("using static Farback.Training.Clipping;", "Training")]
    [InlineData("Reports.Say.Part(1)", "Reports")]
    [InlineData("(Diagnosis.Verdict)one", "Diagnosis")]
    [InlineData("global::Farback.Networks.Network", "Networks")]
    public void What_counts_as_a_use_is_seen(string code, string room) =>
        Assert.Contains(Use().Matches(code), use => use.Groups["room"].Value == room);

    [Theory]
    [InlineData("report.Networks.Select(n => n)")]
    [InlineData("network.Reports")]
    public void A_property_of_the_same_name_is_no_use(string code) => Assert.Empty(Use().Matches(code));

    private static IEnumerable<(string File, string Code)> Sources(string room) =>
        Directory
            .EnumerateFiles(Path.Combine(Repository.Root, "src/Farback", room), "*.cs", SearchOption.AllDirectories)
            .Select(file => (Path.GetRelativePath(Repository.Root, file), Comment().Replace(File.ReadAllText(file), "")));

    // a using, a full name, or a name that begins in a sibling namespace
    [GeneratedRegex(
        @"\bFarback\.(?<room>[A-Z]\w*)|(?<![\w.])(?<room>Numbers|Cells|Tiles|Sequences|Networks|Adjoints|Gradients|Diagnosis|Training|Reports|Experiments)\.[A-Z]\w*"
    )]
    private static partial Regex Use();

    [GeneratedRegex(@"//[^\n]*")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\bSystem\.Runtime\.Intrinsics\b|\bVector(64|128|256|512)\b|\b(Avx|Sse|AdvSimd|Fma)\w*\.")]
    private static partial Regex Intrinsics();

    [GeneratedRegex(@"\bclass (\w+Cell)\s*(\([^)]*\))?\s*:\s*Cell\b")]
    private static partial Regex CellClass();

    [GeneratedRegex(@"^\| `(\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
