using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Farback.Ui.Tests;

/// <summary>The report of a real run that the documentation shows, opened from disk as a reader would.</summary>
public sealed class DemoReportTests(Chromium chromium) : IClassFixture<Chromium>
{
    private static readonly string Demo = Path.Combine(Root(), "docs", "demo-report.html");

    [Fact]
    public void It_is_small_enough_to_be_mailed() => Assert.InRange(new FileInfo(Demo).Length, 100_000, 500_000);

    [Fact]
    public async Task Its_first_screen_needs_no_scrolling_at_any_distance()
    {
        var (page, complaints, requests) = await chromium.OpenAsync(file: Demo);
        var slider = page.Locator("#words-between");
        await slider.FocusAsync();
        await page.Keyboard.PressAsync("Home");
        var last = int.Parse((await slider.GetAttributeAsync("max"))!, System.Globalization.CultureInfo.InvariantCulture);
        Assert.True(last >= 3);
        HashSet<string> seen = [];
        for (var step = 0; step <= last; step++)
        {
            Assert.Equal(2, await page.Locator("#first figure.map:visible").CountAsync());
            foreach (
                var part in await page.Locator("#first, #first .card, #first .how, #first figure.map:visible, #first .map-image:visible")
                    .AllAsync()
            )
            {
                var box = (await part.BoundingBoxAsync())!;
                Assert.True(
                    box.Y + box.Height <= 800 && box.X + box.Width <= 1280,
                    $"step {step}: {box.X}, {box.Y}, {box.Width} × {box.Height}"
                );
            }

            var pictures = await page.Locator(".map-image:visible").EvaluateAllAsync<string[]>("all => all.map(i => i.src)");
            Assert.Equal(6, pictures.Length);
            Assert.All(pictures, picture => Assert.StartsWith("data:image/png;base64,", picture, StringComparison.Ordinal));
            Assert.True(seen.Add(string.Concat(pictures)), $"step {step} shows what another step showed");
            await page.Keyboard.PressAsync("ArrowRight");
        }

        Assert.Empty(complaints);
        Assert.Single(requests, request => !request.StartsWith("data:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_quantity_can_be_shown()
    {
        var (page, complaints, _) = await chromium.OpenAsync(file: Demo);
        var names = await page.Locator("#quantity-name option").EvaluateAllAsync<string[]>("all => all.map(o => o.value)");
        Assert.True(names.Length > 10);
        foreach (var name in names)
        {
            await page.Locator("#quantity-name").SelectOptionAsync(name);
            Assert.Equal(1, await page.Locator("#maps .legend:visible").CountAsync());
            Assert.Equal(1, await page.Locator("#maps .meaning:visible").CountAsync());
        }

        Assert.Empty(complaints);
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Axe_finds_nothing_in_light_and_dark(ColorScheme scheme)
    {
        var (page, _, _) = await chromium.OpenAsync(scheme: scheme, file: Demo);
        await page.EvaluateAsync("document.querySelectorAll('details').forEach(d => d.open = true)");
        var result = await page.RunAxe();
        Assert.True(
            result.Violations.Length == 0,
            string.Join(
                '\n',
                result.Violations.Select(v => $"{v.Id}: {v.Help}\n  {string.Join("\n  ", v.Nodes.Take(4).Select(n => n.Html))}")
            )
        );
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "global.json")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("No folder above the tests has a global.json.");
    }
}
