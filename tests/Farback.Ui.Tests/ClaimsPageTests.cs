using AngleSharp;
using AngleSharp.Dom;
using Deque.AxeCore.Playwright;
using Farback.Reports;
using Microsoft.Playwright;

namespace Farback.Ui.Tests;

/// <summary>The claims' page: each claim with its verdict, its number and its picture, readable by everybody.</summary>
public sealed class ClaimsPageTests(Chromium chromium) : IClassFixture<Chromium>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("farback").FullName;

    private static readonly ClaimsReport Sample = new(
        [Claim("1", ClaimVerdict.Right, ClaimUnit.Share), Claim("2", ClaimVerdict.Partly, ClaimUnit.Log10)],
        [Claim("a", ClaimVerdict.Wrong, ClaimUnit.Plain), Claim("b", ClaimVerdict.Undecided, ClaimUnit.Share)],
        new("farback 0", "farback claims", "float64", "mean", [1, 2, 3], ["One layer."])
    );

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static ClaimAnswer Claim(string key, ClaimVerdict verdict, ClaimUnit unit)
    {
        // one lies beyond the axis, one was not measured
        var number = new ClaimNumber("LSTM, role one's gradient only: number read off h by a probe", unit, [0.25, 0.5, 3, double.NaN]);
        var none = new ClaimNumber("never measured", unit, [double.NaN, double.NaN]);
        return new()
        {
            Key = key,
            Claim = "A claim with <angles> & more.",
            Verdict = verdict,
            Because = "Because 0.25 < 0.5.",
            WouldFlip = "other numbers.",
            Numbers = [number, none],
            Chart = new("A picture", 0, 1, [new(0.5, "a guess"), new(0.99, "learned")], [number, none]),
            See = "farback chain",
        };
    }

    [Fact]
    public async Task Each_claim_has_a_part_with_verdict_number_and_reason()
    {
        IDocument page = await Page();
        Assert.Equal(4, page.QuerySelectorAll("section.claim").Length);
        foreach (var claim in Sample.Claims.Concat(Sample.Questions))
        {
            var part = page.QuerySelector($"#claim-{claim.Key}")!;
            Assert.Equal(claim.Claim, part.QuerySelector("q")!.TextContent);
            Assert.Equal(claim.Word, part.QuerySelector(".verdict")!.TextContent);
            Assert.Contains(claim.First.Text, part.QuerySelector(".facts")!.TextContent, StringComparison.Ordinal);
            Assert.Equal(claim.Because, part.QuerySelector(".says")!.TextContent);
            Assert.Contains(claim.WouldFlip, part.TextContent, StringComparison.Ordinal);
            Assert.Contains(claim.First.Text, part.QuerySelector("svg")!.GetAttribute("aria-label")!, StringComparison.Ordinal);
        }
        Assert.Equal(
            ["right", "partly right", "wrong", "undecided"],
            page.QuerySelectorAll(".verdicts b").Select(verdict => verdict.TextContent)
        );
    }

    [Fact]
    public async Task Every_seed_is_a_dot_where_its_number_is_and_a_missing_one_is_none()
    {
        IDocument page = await Page();
        var dots = page.QuerySelectorAll("#claim-1 circle");
        // 490 and 1090 are the axis' ends; 3 lies beyond
        Assert.Equal(["640", "790", "1090"], dots.Select(dot => dot.GetAttribute("cx")));
        Assert.Contains("beyond the axis", dots[2].TextContent, StringComparison.Ordinal);
        Assert.Contains("–", page.QuerySelectorAll("#claim-1 tbody tr")[1].TextContent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Axe_finds_nothing(ColorScheme scheme)
    {
        var (page, complaints, requests) = await Open(scheme);
        await page.EvaluateAsync("document.querySelectorAll('details').forEach(d => d.open = true)");
        var result = await page.RunAxe();
        Assert.True(result.Violations.Length == 0, string.Join('\n', result.Violations.Select(v => $"{v.Id}: {v.Help} {v.Nodes[0].Html}")));
        Assert.Empty(complaints);
        Assert.Single(requests);
    }

    [Theory]
    [InlineData(1280)]
    [InlineData(600)]
    public async Task Nothing_runs_over_the_edge(int width)
    {
        var (page, _, _) = await Open(ColorScheme.Light, width);
        Assert.Equal(width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        Assert.True(
            await page.EvaluateAsync<bool>("[...document.querySelectorAll('svg text')].every(t => t.getBoundingClientRect().left >= 0)")
        );
    }

    private async Task<Opened> Open(ColorScheme scheme, int width = 1280)
    {
        var file = Path.Combine(_folder, "claims.html");
        await File.WriteAllTextAsync(file, await HtmlReport.RenderAsync(Sample));
        return await chromium.OpenAsync(width: width, scheme: scheme, file: file);
    }

    private static async Task<IDocument> Page()
    {
        var html = await HtmlReport.RenderAsync(Sample);
        return await BrowsingContext.New(Configuration.Default).OpenAsync(request => request.Content(html));
    }
}
