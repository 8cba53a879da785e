using Farback.Reports;
using Farback.Ui.Maps;
using Farback.Ui.Pages;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Farback.Ui;

/// <summary>A report as one HTML file: styles, script and pictures inside, nothing fetched, readable without the script.</summary>
public static class HtmlReport
{
    /// <summary>Renders the page's Razor components in a plain program; no web host takes part.</summary>
    /// <param name="report">The report; the page computes nothing of its own.</param>
    /// <returns>The whole file, to be written as UTF-8.</returns>
    /// <exception cref="ArgumentException">A map whose values are not one for each row and column.</exception>
    public static async Task<string> RenderAsync(Report report)
    {
        ArgumentNullException.ThrowIfNull(report);
        await using var services = new ServiceCollection().BuildServiceProvider();
        await using var renderer = new HtmlRenderer(services, NullLoggerFactory.Instance);
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var others = await renderer.RenderComponentAsync<OtherFigures>(
                ParameterView.FromDictionary(new Dictionary<string, object?> { [nameof(OtherFigures.Report)] = report })
            );
            var page = await renderer.RenderComponentAsync<Document>(
                ParameterView.FromDictionary(
                    new Dictionary<string, object?>
                    {
                        [nameof(Document.Report)] = report,
                        [nameof(Document.Packed)] = MapData.Pack(ReportMaps.All(report), others.ToHtmlString()),
                    }
                )
            );
            return page.ToHtmlString();
        });
    }

    /// <summary>The claims' page: one part a claim, without a script.</summary>
    /// <param name="report">The claims; the page computes nothing of its own.</param>
    /// <returns>The whole file, to be written as UTF-8.</returns>
    public static async Task<string> RenderAsync(ClaimsReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        await using var services = new ServiceCollection().BuildServiceProvider();
        await using var renderer = new HtmlRenderer(services, NullLoggerFactory.Instance);
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var page = await renderer.RenderComponentAsync<ClaimsDocument>(
                ParameterView.FromDictionary(new Dictionary<string, object?> { [nameof(ClaimsDocument.Report)] = report })
            );
            return page.ToHtmlString();
        });
    }
}
