using Microsoft.Playwright;

namespace Farback.Ui.Tests;

/// <summary>One real browser for all tests; where none is installed, tests say so and are skipped.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private const string Program = "/usr/bin/chromium";
    private IPlaywright? _playwright;
    private IBrowser? _browser;
    private string _folder = "";

    /// <summary>Opens a report, the sample where no other is named, from disk, as a reader would.</summary>
    public async Task<Opened> OpenAsync(
        int width = 1280,
        int height = 800,
        ColorScheme scheme = ColorScheme.Light,
        bool script = true,
        string hash = "",
        string? file = null
    )
    {
        if (_browser is null)
        {
            Assert.Skip($"No browser at {Program}: the page was not looked at.");
        }

        var context = await _browser.NewContextAsync(
            new BrowserNewContextOptions
            {
                ViewportSize = new ViewportSize { Width = width, Height = height },
                ColorScheme = scheme,
                JavaScriptEnabled = script,
            }
        );
        var page = await context.NewPageAsync();
        var opened = new Opened(page, [], []);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                opened.Complaints.Add(message.Text);
            }
        };
        page.PageError += (_, error) => opened.Complaints.Add(error);
        page.Request += (_, request) => opened.Requests.Add(request.Url);
        var address = new Uri(file ?? Path.Combine(_folder, "report.html")).AbsoluteUri;
        await page.GotoAsync(address + hash);
        if (script)
        {
            await page.Locator("html[data-ready]").WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Attached });
        }

        return opened;
    }

    public async ValueTask InitializeAsync()
    {
        if (!File.Exists(Program))
        {
            return;
        }

        _folder = Directory.CreateTempSubdirectory("farback-page-").FullName;
        var html = await HtmlReport.RenderAsync(SampleReport.Make());
        await File.WriteAllTextAsync(Path.Combine(_folder, "report.html"), html);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(
            new BrowserTypeLaunchOptions
            {
                ExecutablePath = Program,
                Args =
                [
                    "--headless",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-quic",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                ],
            }
        );
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
        if (_folder.Length > 0)
        {
            Directory.Delete(_folder, recursive: true);
        }
    }
}

/// <summary>A page with what its console complained about and what it asked for.</summary>
public sealed record Opened(IPage Page, List<string> Complaints, List<string> Requests);
