using Farback.Reports;
using Farback.Ui.Maps;

namespace Farback.Ui.Pages;

/// <summary>Which maps a report's page has.</summary>
internal static class ReportMaps
{
    /// <summary>Room for a map on the first screen, in pixels: they and the cards fit into 1280 × 800.</summary>
    public static int FirstScreenSide(int networks) =>
        networks == 1 ? 300
        : networks == 2 ? 336
        : Math.Max(90, (860 / networks) - 100);

    /// <summary>Room for a map below, where there is more of it.</summary>
    public const int Side = 470;

    /// <summary>One network's maps at one stage, a sentence each.</summary>
    public static IEnumerable<MapPlace> Of(Report report, int network, bool after, int side)
    {
        var part = report.Networks[network];
        return part.Sentences.Select((sentence, i) => new MapPlace(network, part.Name, i, sentence, after, i == Shown(part), side));
    }

    /// <summary>Every map at the larger size.</summary>
    public static IEnumerable<MapPlace> All(Report report) =>
        Enumerable.Range(0, report.Networks.Count).SelectMany(n => Of(report, n, false, Side).Concat(Of(report, n, true, Side)));

    /// <summary>The distances that the slider steps through, the shortest first.</summary>
    public static IReadOnlyList<int> Lags(Report report) =>
        [.. report.Networks.SelectMany(network => network.Sentences).Select(sentence => sentence.Lag).Distinct().Order()];

    /// <summary>The sentence that a network shows first.</summary>
    public static SentenceView? First(NetworkReport network) => network.Sentences.Count > 0 ? network.Sentences[Shown(network)] : null;

    /// <summary>Its place among the network's sentences.</summary>
    public static int Shown(NetworkReport network) => Math.Clamp(network.ShownFirst, 0, Math.Max(0, network.Sentences.Count - 1));
}
