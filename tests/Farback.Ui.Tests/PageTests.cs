using Deque.AxeCore.Playwright;
using Farback.Gradients;
using Farback.Reports;
using Microsoft.Playwright;

namespace Farback.Ui.Tests;

public sealed class PageTests(Chromium chromium) : IClassFixture<Chromium>
{
    private static readonly Report Sample = SampleReport.Make();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_first_screen_needs_no_scrolling(bool script)
    {
        var (page, _, _) = await chromium.OpenAsync(script: script);
        foreach (
            var part in new[]
            {
                "h1",
                ".answer",
                "#first .network:nth-of-type(1) figure.map:not([hidden]) .map-image",
                "#first .network:nth-of-type(2) figure.map:not([hidden]) .map-image",
                ".card:nth-of-type(1)",
                ".card:nth-of-type(2)",
                ".card:nth-of-type(3)",
                "#first .legend",
                "#first .how",
            }
        )
        {
            var box = await page.Locator(part).BoundingBoxAsync();
            Assert.True(box is not null, part);
            Assert.True(
                box.Y >= 0 && box.Y + box.Height <= 800 && box.X >= 0 && box.X + box.Width <= 1280,
                $"{part}: {box.X}, {box.Y}, {box.Width} × {box.Height}"
            );
        }

        foreach (var choices in await page.Locator("#first .choices:not([hidden])").AllAsync())
        {
            var box = await choices.BoundingBoxAsync();
            Assert.True(box!.Y + box.Height <= 800);
        }

        Assert.Equal(1280, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task Every_distance_fits_on_the_first_screen_too(int step)
    {
        var (page, _, _) = await chromium.OpenAsync(hash: $"#words={SampleReport.Lags[step]}");
        Assert.Equal(SampleReport.Lags[step].ToString(), await page.Locator("output").TextContentAsync());
        var box = await page.Locator("#first").BoundingBoxAsync();
        Assert.True(box!.Y + box.Height <= 800, $"the first screen ends at {box.Y + box.Height}");
    }

    [Fact]
    public async Task The_slider_changes_map_and_probabilities_of_both_networks_and_the_address()
    {
        var (page, complaints, _) = await chromium.OpenAsync();
        var before = await Shown(page);
        await page.Locator("#words-between").FocusAsync();
        await page.Keyboard.PressAsync("ArrowRight");
        var after = await Shown(page);
        Assert.Equal(2, after.Length);
        Assert.NotEqual(before[0], after[0]);
        Assert.NotEqual(before[1], after[1]);
        Assert.Contains("words=41", page.Url, StringComparison.Ordinal);
        for (var n = 0; n < 2; n++)
        {
            var right = Sample.Networks[n].Sentences[3].Choices[0];
            Assert.Equal(
                NumberText.Percent(right.Probability),
                await page.Locator("#first .choices:not([hidden]) .right b").Nth(n).TextContentAsync()
            );
        }

        Assert.Equal(
            "41-41",
            string.Join(
                '-',
                await page.Locator("#first figure.map:not([hidden])").EvaluateAllAsync<string[]>("all => all.map(f => f.dataset.lag)")
            )
        );
        Assert.Empty(complaints);
    }

    [Fact]
    public async Task An_address_opens_the_distance_and_the_quantity_that_it_names()
    {
        var (page, _, _) = await chromium.OpenAsync(hash: "#words=11&show=Share+of+the+update");
        Assert.Equal("11", await page.Locator("output").TextContentAsync());
        Assert.Equal("Share of the update", await page.Locator("#quantity-name").InputValueAsync());
        var map = Sample.Networks[0].Sentences[1].Before;
        var source = await page.Locator("#maps figure.map:not([hidden]) .map-image").First.GetAttributeAsync("src");
        await Paints(page, new Maps.MapPicture(map, map.Quantities[1], 470), map.Quantities[1], source!);
    }

    [Fact]
    public async Task Arrow_keys_move_from_square_to_square_and_the_read_out_says_its_sentence()
    {
        var (page, complaints, _) = await chromium.OpenAsync();
        var sentence = Sample.Networks[0].Sentences[2];
        var map = sentence.After;
        var readout = page.Locator("#first .network").First.Locator("figure.map:not([hidden]) .readout");
        await page.Locator("#first .network").First.Locator("canvas").FocusAsync();
        Assert.Equal(MapSentence.Of(map, map.Quantities[0], sentence.Verb, sentence.Cue), await readout.TextContentAsync());
        await page.Keyboard.PressAsync("ArrowRight");
        Assert.Equal(MapSentence.Of(map, map.Quantities[0], sentence.Verb, sentence.Cue + 1), await readout.TextContentAsync());
        await page.Keyboard.PressAsync("ArrowUp");
        Assert.Equal(MapSentence.Of(map, map.Quantities[0], sentence.Verb - 1, sentence.Cue + 1), await readout.TextContentAsync());
        await page.Keyboard.PressAsync("End");
        Assert.Equal(MapSentence.Of(map, map.Quantities[0], sentence.Verb - 1, map.Columns.Count - 1), await readout.TextContentAsync());
        await page.Keyboard.PressAsync("Home");
        Assert.Equal(MapSentence.Of(map, map.Quantities[0], sentence.Verb - 1, 0), await readout.TextContentAsync());
        Assert.Equal("polite", await readout.GetAttributeAsync("aria-live"));
        Assert.Empty(complaints);
    }

    [Fact]
    public async Task Every_square_s_sentence_is_the_same_from_the_script_as_from_the_report()
    {
        var (page, _, _) = await chromium.OpenAsync();
        var map = Sample.Networks[0].Sentences[2].After;
        await page.Locator("#first .network").First.Locator("canvas").FocusAsync();
        var readout = page.Locator("#first .network").First.Locator("figure.map:not([hidden]) .readout");
        await page.Keyboard.PressAsync("Control+End");
        for (var k = map.Columns.Count - 1; k >= 0; k--)
        {
            Assert.Equal(MapSentence.Of(map, map.Quantities[0], map.Rows.Count - 1, k), await readout.TextContentAsync());
            await page.Keyboard.PressAsync("ArrowLeft");
        }
    }

    [Fact]
    public async Task Hovering_says_the_sentence_of_the_square_under_the_pointer()
    {
        var (page, _, _) = await chromium.OpenAsync();
        var map = Sample.Networks[1].Sentences[2].After;
        var figure = page.Locator("#first .network").Nth(1).Locator("figure.map:not([hidden])");
        var box = await figure.Locator("canvas").BoundingBoxAsync();
        var cell = box!.Width / map.Columns.Count;
        await page.Mouse.MoveAsync((float)(box.X + (3.5 * cell)), (float)(box.Y + (9.5 * cell)));
        Assert.Equal(MapSentence.Of(map, map.Quantities[0], 9, 3), await figure.Locator(".readout").TextContentAsync());
    }

    [Fact]
    public async Task Picking_a_quantity_changes_maps_legend_and_the_numbers_under_them()
    {
        var (page, complaints, _) = await chromium.OpenAsync();
        await page.Locator("#quantity-name").SelectOptionAsync("Share of the update");
        await page.Locator("#maps details summary").First.ClickAsync();
        var map = Sample.Networks[0].Sentences[2].Before;
        await Assertions.Expect(page.Locator("#maps details caption").First).ToContainTextAsync("Share of the update");
        var cell = await page.Locator("#maps details tbody").First.Locator("tr").Nth(9).Locator("td").Nth(3).TextContentAsync();
        Assert.Equal(NumberText.Signed(map.Quantities[1].Values[(9 * map.Columns.Count) + 3]!.Value), cell);
        Assert.Equal(1, await page.Locator("#maps .legend:visible").CountAsync());
        Assert.Contains("blue", await page.Locator("#maps .legend:visible").GetAttributeAsync("aria-label"), StringComparison.Ordinal);
        Assert.Empty(complaints);
    }

    [Fact]
    public async Task A_map_can_be_taken_along_as_csv_and_as_png()
    {
        var (page, complaints, _) = await chromium.OpenAsync();
        var map = Sample.Networks[0].Sentences[2].Before;
        var download = await page.RunAndWaitForDownloadAsync(() => page.Locator("#maps .stage").First.GetByText("Export CSV").ClickAsync());
        Assert.Equal("farback-0-2-before.csv", download.SuggestedFilename);
        var lines = await File.ReadAllLinesAsync(await download.PathAsync(), TestContext.Current.CancellationToken);
        Assert.Equal(1 + (map.Rows.Count * map.Columns.Count), lines.Length);
        Assert.StartsWith("9,\"small\",3,\"happy\",", lines[1 + (9 * map.Columns.Count) + 3], StringComparison.Ordinal);
        var picture = await page.RunAndWaitForDownloadAsync(() => page.Locator("#maps .stage").First.GetByText("PNG").ClickAsync());
        var bytes = await File.ReadAllBytesAsync(await picture.PathAsync(), TestContext.Current.CancellationToken);
        await Paints(
            page,
            new Maps.MapPicture(map, map.Quantities[0], 470),
            map.Quantities[0],
            "data:image/png;base64," + Convert.ToBase64String(bytes)
        );
        Assert.Empty(complaints);
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Axe_finds_nothing_in_light_and_dark(ColorScheme scheme)
    {
        var (page, _, _) = await chromium.OpenAsync(scheme: scheme);
        await page.EvaluateAsync("document.querySelectorAll('details').forEach(d => d.open = true)");
        var result = await page.RunAxe();
        Assert.True(
            result.Violations.Length == 0,
            string.Join(
                '\n',
                result.Violations.Select(v =>
                    $"{v.Id}: {v.Help}\n  {string.Join("\n  ", v.Nodes.Take(4).Select(n => n.Html + " " + string.Join("; ", n.Any.Select(a => a.Message))))}"
                )
            )
        );
    }

    [Fact]
    public async Task Dark_mode_is_dark_and_the_maps_keep_their_colours()
    {
        var (light, _, _) = await chromium.OpenAsync();
        var (dark, _, _) = await chromium.OpenAsync(scheme: ColorScheme.Dark);
        const string ground = "getComputedStyle(document.documentElement).backgroundColor";
        Assert.Equal("rgb(19, 19, 22)", await dark.EvaluateAsync<string>(ground));
        Assert.NotEqual(await light.EvaluateAsync<string>(ground), await dark.EvaluateAsync<string>(ground));
        Assert.Equal(await Shown(light), await Shown(dark));
    }

    [Fact]
    public async Task Opening_the_file_asks_for_nothing_else_and_nothing_complains()
    {
        var (page, complaints, requests) = await chromium.OpenAsync();
        await page.EvaluateAsync("window.scrollTo(0, document.body.scrollHeight)");
        Assert.Empty(complaints);
        Assert.Single(requests, request => !request.StartsWith("data:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_narrow_screen_never_scrolls_sideways()
    {
        var (page, _, _) = await chromium.OpenAsync(width: 390, height: 844);
        const string wide =
            "[...document.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > 391 && !e.closest('.plot, .scroll, .network, [hidden]')).map(e => e.outerHTML.slice(0, 90))";
        Assert.Equal("", string.Join('\n', await page.EvaluateAsync<string[]>(wide)));
        Assert.Equal(390, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
    }

    [Theory]
    [InlineData(MapScale.Log)]
    [InlineData(MapScale.Signed)]
    public async Task The_script_paints_every_kind_of_square_as_the_report_does(MapScale scale)
    {
        var sample = Sample.Networks[0].Sentences[0];
        var words = sample.Inputs.Take(7).ToList();
        var kinds = Enum.GetValues<CellClass>();
        var quantity = sample.After.Quantities[0] with
        {
            Name = "all kinds",
            Scale = scale,
            Range = scale == MapScale.Log ? new ScaleRange(-6, 0) : new ScaleRange(-1, 1),
            Classes = [.. Enumerable.Range(0, 49).Select(i => i < 2 * kinds.Length ? kinds[i / 2] : CellClass.Value)],
            Values = [.. Enumerable.Range(0, 49).Select(i => scale == MapScale.Log ? 0.4 - (0.17 * i) : Math.Pow(-0.75, i))],
        };
        var map = new MapView(words, words, [quantity with { Name = "first" }, quantity]);
        var network = Sample.Networks[0] with { Sentences = [sample with { Before = map, After = map, Verb = 6 }] };
        var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".html");
        try
        {
            await File.WriteAllTextAsync(
                file,
                await HtmlReport.RenderAsync(Sample with { Networks = [network] }),
                TestContext.Current.CancellationToken
            );
            var (page, _, _) = await chromium.OpenAsync(file: file, hash: "#show=all+kinds");
            var source = await page.Locator("#maps figure.map .map-image").First.GetAttributeAsync("src");
            await Paints(page, new Maps.MapPicture(map, quantity, 470), quantity, source!);
        }
        finally
        {
            File.Delete(file);
        }
    }

    // Every pixel's colour; a canvas keeps half-transparent colours to within what their opacity lets be seen,
    // and where a value lies between two steps of the ramp, float32 may take the other one.
    private static async Task Paints(IPage page, Maps.MapPicture expected, MapQuantity quantity, string source)
    {
        const string read = """
            async source => {
              const image = new Image();
              image.src = source;
              await image.decode();
              const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
              canvas.getContext("2d").drawImage(image, 0, 0);
              const data = canvas.getContext("2d").getImageData(0, 0, image.width, image.height).data;
              let text = "";
              for (const byte of data) text += String.fromCharCode(byte);
              return btoa(text);
            }
            """;
        var found = Convert.FromBase64String(await page.EvaluateAsync<string>(read, source));
        var pixels = expected.Pixels();
        var palette = Maps.MapPicture.Palette(quantity.Scale);
        Assert.Equal(4 * pixels.Length, found.Length);
        for (var i = 0; i < pixels.Length; i++)
        {
            var colour = palette[pixels[i]];
            Assert.Equal(colour.Opacity, found[(4 * i) + 3]);
            var slack =
                colour.Opacity == 0 ? 255
                : colour.Opacity == 255 ? 3
                : 1 + (255 / colour.Opacity);
            Assert.InRange(found[4 * i], colour.Red - slack, colour.Red + slack);
            Assert.InRange(found[(4 * i) + 1], colour.Green - slack, colour.Green + slack);
            Assert.InRange(found[(4 * i) + 2], colour.Blue - slack, colour.Blue + slack);
        }
    }

    private static Task<string[]> Shown(IPage page) =>
        page.Locator("#first figure.map:not([hidden]) .map-image").EvaluateAllAsync<string[]>("all => all.map(i => i.src)");
}
