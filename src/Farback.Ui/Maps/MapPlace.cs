using System.Globalization;
using Farback.Reports;

namespace Farback.Ui.Maps;

/// <summary>Which map a figure shows: its network, stage and sentence, with the room that it has.</summary>
/// <param name="Network">The network's place in the report.</param>
/// <param name="NetworkName">Its name.</param>
/// <param name="Sentence">The sentence's place in the network's list.</param>
/// <param name="View">The sentence itself.</param>
/// <param name="After">After training; else before.</param>
/// <param name="Shown">Shown before any script runs.</param>
/// <param name="Side">Room along the longer axis, in pixels.</param>
public sealed record MapPlace(int Network, string NetworkName, int Sentence, SentenceView View, bool After, bool Shown, int Side)
{
    /// <summary>The map.</summary>
    public MapView Map => After ? View.After : View.Before;

    /// <summary>The key under which the script finds the map's numbers.</summary>
    public string Key => string.Create(CultureInfo.InvariantCulture, $"{Network}-{Sentence}-{(After ? "after" : "before")}");
}
