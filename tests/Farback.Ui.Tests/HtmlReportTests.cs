using System.Globalization;
using System.Text.RegularExpressions;
using AngleSharp;
using AngleSharp.Dom;
using Farback.Gradients;
using Farback.Reports;
using Farback.Ui.Maps;

namespace Farback.Ui.Tests;

public sealed class HtmlReportTests
{
    private static readonly Report Sample = SampleReport.Make();

    [Fact]
    public async Task The_numbers_under_a_map_are_the_report_s()
    {
        var page = await Page(Sample);
        var tables = page.QuerySelectorAll("#maps details table");
        Assert.Equal(4, tables.Length);
        var map = Sample.Networks[0].Sentences[Sample.Networks[0].ShownFirst].After;
        var rows = tables[1].QuerySelectorAll("tbody tr");
        Assert.Equal(map.Rows.Count, rows.Length);
        for (var t = 0; t < map.Rows.Count; t++)
        {
            Assert.Equal(map.Rows[t], rows[t].QuerySelector("th")!.TextContent);
            var cells = rows[t].QuerySelectorAll("td");
            for (var k = 0; k < map.Columns.Count; k++)
            {
                var entry = (t * map.Columns.Count) + k;
                var expected = map.Quantities[0].Classes[entry] switch
                {
                    CellClass.Value => NumberText.Size(map.Quantities[0].Values[entry]!.Value),
                    CellClass.NoPath => "·",
                    CellClass.ExactZero => "0",
                    CellClass.BelowRange => "too small",
                    _ => "not a number",
                };
                Assert.Equal(expected, cells[k].TextContent);
            }
        }
    }

    [Fact]
    public async Task A_chain_is_readable_without_the_script_and_its_numbers_are_the_report_s()
    {
        var page = await Page(Sample);
        var figures = page.QuerySelectorAll("#chain figure");
        Assert.Equal(Sample.Networks.Count, figures.Length);
        for (var n = 0; n < figures.Length; n++)
        {
            var view = Sample.Networks[n].Chain!;
            Assert.Equal(view.Chain.Factors.Count, figures[n].QuerySelectorAll("rect.link").Length);
            Assert.Contains(ChainText.Agreement(view), figures[n].TextContent, StringComparison.Ordinal);
            var rows = page.QuerySelectorAll("#chain details")[n].QuerySelectorAll("table")[0].QuerySelectorAll("tbody tr");
            foreach (var (factor, row) in view.Chain.Factors.Zip(rows))
            {
                Assert.Equal(ChainText.Name(view, factor), row.QuerySelector("th")!.TextContent);
                Assert.Equal(NumberText.Size(factor.Log10), row.QuerySelectorAll("td")[1].TextContent);
                Assert.Equal(NumberText.Size(factor.Log10SoFar), row.QuerySelectorAll("td")[2].TextContent);
            }

            // each bar is shorter or longer as its factor is below or above 1
            var widths = figures[n]
                .QuerySelectorAll("rect.link")
                .Select(bar => double.Parse(bar.GetAttribute("width")!, CultureInfo.InvariantCulture))
                .ToArray();
            for (var i = 1; i < widths.Length; i++)
            {
                Assert.Equal(Math.Sign(view.Chain.Factors[i].Log10), Math.Sign(widths[i] - widths[i - 1]));
            }

            Assert.Contains(ChainText.Answer(view), page.QuerySelector("#chain")!.TextContent, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_sum_table_s_entries_add_up_as_printed()
    {
        var page = await Page(Sample);
        var sum = Sample.Sum!;
        var rows = page.QuerySelectorAll("table.sum tbody tr");
        var column = new decimal[4];
        foreach (var row in rows)
        {
            var cells = row.QuerySelectorAll("td").ToList();
            var numbers = cells.Take(4).Select(cell => cell.ClassList.Contains("no-path") ? 0 : Number(cell)).ToArray();
            Assert.Equal(numbers.Sum(), Number(cells[4]));
            for (var k = 0; k < 4; k++)
            {
                column[k] += numbers[k];
            }
        }

        var totals = page.QuerySelectorAll("table.sum tfoot td").ToList();
        Assert.Equal(column, totals.Take(4).Select(Number));
        Assert.Equal(column.Sum(), Number(totals[4]));
        Assert.Equal((decimal)sum.Total, Number(totals[4]), 6);
        Assert.Equal(6, page.QuerySelectorAll("table.sum td.no-path").Length);
        Assert.Contains(SumText.Update(sum), page.QuerySelector("#sum .facts")!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_run_is_in_the_table_also_the_failed_ones()
    {
        var page = await Page(Sample);
        Assert.Equal(Sample.Networks.Sum(n => n.Runs.Count), page.QuerySelectorAll("#runs tbody tr").Length);
        Assert.Contains("never", page.QuerySelector("#runs")!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_maps_pictures_are_in_the_file_and_are_the_report_s()
    {
        var page = await Page(Sample);
        var shown = page.QuerySelectorAll("#first figure.map:not([hidden]) img.map-image");
        Assert.Equal(2, shown.Length);
        for (var n = 0; n < 2; n++)
        {
            var map = Sample.Networks[n].Sentences[2].After;
            var picture = Picture.Of(shown[n].GetAttribute("src")!);
            Assert.Equal(new MapPicture(map, map.Quantities[0], 336).Pixels(), picture.Pixels);
            Assert.Contains("“was”", shown[n].GetAttribute("alt")!, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_script_gets_every_value_of_every_map()
    {
        var page = await Page(Sample);
        var packed = new Packed(page.QuerySelector("#map-data")!.TextContent);
        Assert.Equal(2 * 2 * SampleReport.Lags.Length, packed.Json.GetProperty("maps").EnumerateObject().Count());
        for (var which = 0; which < 2; which++)
        {
            var quantity = Sample.Networks[1].Sentences[2].Before.Quantities[which];
            var (classes, log10, minus) = packed["1-2-before", which];
            Assert.Equal(quantity.Classes.Select(kind => (byte)kind), classes);
            for (var entry = 0; entry < classes.Length; entry++)
            {
                var value = quantity.Values[entry] ?? double.NaN;
                Assert.Equal((float)(which == 0 ? value : Math.Log10(Math.Abs(value))), log10[entry]);
                Assert.Equal(which == 1 && value < 0, minus[entry]);
            }
        }
    }

    [Fact]
    public async Task The_figures_of_the_other_lengths_are_packed_and_the_first_ones_are_on_the_page()
    {
        var page = await Page(Sample);
        Assert.All(page.QuerySelectorAll("figure.map"), figure => Assert.Equal("21", figure.GetAttribute("data-lag")));
        var packed = new Packed(page.QuerySelector("#map-data")!.TextContent);
        var others = (await Parse(packed.Json.GetProperty("figures").GetString()!)).QuerySelectorAll("figure.map");
        // Two networks, three other lengths: small, before and after.
        Assert.Equal(2 * 3 * 3, others.Length);
        Assert.DoesNotContain(others, figure => figure.GetAttribute("data-lag") == "21");
    }

    [Fact]
    public async Task Without_a_script_there_is_no_control_and_one_sentence()
    {
        var page = await Page(Sample);
        Assert.All(page.QuerySelectorAll("input, select"), control => Assert.NotNull(control.Closest("[hidden]")));
        Assert.Equal(1, page.QuerySelectorAll("p.sentence:not([hidden])").Length);
        Assert.Equal(4, page.QuerySelectorAll("#maps figure.map:not([hidden])").Length);
        Assert.Empty(page.QuerySelectorAll("button, [disabled]"));
    }

    [Fact]
    public async Task The_file_refers_to_nothing_outside_itself()
    {
        var html = System.Net.WebUtility.HtmlDecode(await HtmlReport.RenderAsync(Sample));
        Assert.DoesNotMatch(
            new Regex(@"https?:|//[a-z]|@import|(?-i:url\()", RegexOptions.IgnoreCase),
            Regex.Replace(
                html,
                "base64,[A-Za-z0-9+/=]*|(?<=id=\"map-data\">)[^<]*|sha256-[A-Za-z0-9+/=]*|^\\s*//.*$|; //.*$",
                "",
                RegexOptions.Multiline
            )
        );
        var page = await Page(Sample);
        Assert.All(
            page.QuerySelectorAll("[src], link[href], image[href]"),
            element => Assert.StartsWith("data:", element.GetAttribute("src") ?? element.GetAttribute("href"), StringComparison.Ordinal)
        );
        Assert.Empty(page.QuerySelectorAll("[style], [onclick], script[src], iframe, object, form"));
        Assert.StartsWith(
            "default-src 'none'; img-src data:;",
            page.QuerySelector("meta[http-equiv]")!.GetAttribute("content"),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Hostile_labels_stay_text()
    {
        const string hostile = "</script><img src=x onerror=alert(1)>\"'{value}&amp;";
        var network = Sample.Networks[0];
        var sentence = network.Sentences[0];
        string[] words = [hostile, .. sentence.Inputs.Skip(1)];
        var map = sentence.After with { Rows = words, Columns = words };
        var report = Sample with
        {
            Question = hostile,
            Answer = hostile,
            Networks =
            [
                network with
                {
                    Name = hostile,
                    ShownFirst = 0,
                    Cards = [new Card(hostile, hostile, hostile)],
                    Sentences =
                    [
                        sentence with
                        {
                            Inputs = words,
                            Targets = words,
                            Cue = 0,
                            Before = map,
                            After = map,
                            Choices = [new WordProbability(hostile, 1)],
                        },
                    ],
                    Details = [new Figure(hostile, hostile, hostile)],
                },
            ],
            Provenance = Sample.Provenance with { Command = hostile, Facts = [hostile] },
        };
        var page = await Page(report);
        Assert.Equal(hostile, page.QuerySelector("h1")!.TextContent);
        Assert.Empty(page.QuerySelectorAll("[onerror], img[src=x]"));
        Assert.Equal(2, page.QuerySelectorAll("script").Length);
        var packed = new Packed(page.QuerySelector("#map-data")!.TextContent);
        Assert.Equal(hostile, packed.Json.GetProperty("maps").GetProperty("0-0-after").GetProperty("rows")[0].GetString());
    }

    [Fact]
    public async Task The_first_screen_speaks_the_question_s_own_words()
    {
        var page = await Page(Sample);
        var first = page.QuerySelector("#first")!.TextContent;
        foreach (var word in new[] { "adjoint", "Jacobian", "transport", "operand", "gradient", "norm", "lag", "horizon", "tensor" })
        {
            Assert.DoesNotMatch(new Regex($@"\b{word}", RegexOptions.IgnoreCase), first);
        }
    }

    [Fact]
    public async Task A_report_without_networks_or_sum_still_says_its_answer()
    {
        var page = await Page(Sample with { Networks = [], Sum = null });
        Assert.Equal(Sample.Answer, page.QuerySelector(".answer")!.TextContent);
        Assert.Null(page.QuerySelector("#sum"));
    }

    [Fact]
    public async Task Numbers_have_a_point_whatever_the_machine_s_culture()
    {
        var here = CultureInfo.CurrentCulture;
        var expected = await HtmlReport.RenderAsync(Sample);
        try
        {
            var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            comma.NumberFormat.NumberDecimalSeparator = ",";
            comma.NumberFormat.NegativeSign = "~";
            CultureInfo.CurrentCulture = comma;
            Assert.Equal(expected, await HtmlReport.RenderAsync(Sample));
        }
        finally
        {
            CultureInfo.CurrentCulture = here;
        }
    }

    private static decimal Number(IElement cell) => decimal.Parse(cell.TextContent.Replace('−', '-'), CultureInfo.InvariantCulture);

    private static async Task<IDocument> Page(Report report) => await Parse(await HtmlReport.RenderAsync(report));

    private static Task<IDocument> Parse(string html) => BrowsingContext.New().OpenAsync(response => response.Content(html));
}
