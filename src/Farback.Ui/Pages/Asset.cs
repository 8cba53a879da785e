using System.Security.Cryptography;
using System.Text;
using Farback.Reports;
using Farback.Ui.Maps;

namespace Farback.Ui.Pages;

/// <summary>The page's own style sheet and script, with the hashes that let the content policy allow exactly them.</summary>
internal static class Asset
{
    /// <summary>Steps of a table's signed tint on either side of zero.</summary>
    public const int Tints = 8;

    // A table's numbers can be read, so its tint need not tell small ones from zero; it shows which ones weigh.
    private const double TintLinear = 0.3;

    /// <summary>The style sheet, with the signed ramp's tints at its end.</summary>
    public static string Style { get; } = Read("report.css") + TintRules();

    /// <summary>The script.</summary>
    public static string Script { get; } = Read("report.js");

    /// <summary>The content policy: nothing is fetched, and only this style sheet and this script count.</summary>
    public static string Policy { get; } =
        $"default-src 'none'; img-src data:; style-src '{Hash(Style)}'; script-src '{Hash(Script)}'; base-uri 'none'; form-action 'none'";

    /// <summary>The class that tints a cell by a signed value against the largest one.</summary>
    public static string Tint(double value, double largest)
    {
        if (!double.IsFinite(value) || largest <= 0)
        {
            return "";
        }

        var place = Ramp.Place(MapScale.Signed, new ScaleRange(-largest, largest), value, TintLinear);
        return "tint" + (int)Math.Round(place * 2 * Tints);
    }

    private static string TintRules()
    {
        var rules = new StringBuilder();
        for (var tint = 0; tint <= 2 * Tints; tint++)
        {
            var (ground, ink) = Legible(Ramp.At(MapScale.Signed, tint * (Ramp.Steps - 1) / (2 * Tints)));
            rules.Append(System.Globalization.CultureInfo.InvariantCulture, $".tint{tint}{{background:{ground.Hex};color:{ink.Hex}}}\n");
        }

        return rules.ToString();
    }

    // White ink where the ramp is dark enough for it; else dark ink, on a ground made lighter until it can be read.
    private static (Colour Ground, Colour Ink) Legible(Colour colour)
    {
        const double readable = 4.6; // above the 4.5 that WCAG asks for
        var (white, dark) = (new Colour(0xff, 0xff, 0xff), new Colour(0x1b, 0x1b, 0x1f));
        if (colour.Contrast(white) >= readable)
        {
            return (colour, white);
        }

        var ground = colour;
        for (var part = 0.0; ground.Contrast(dark) < readable; part += 0.05)
        {
            ground = Colour.Between(colour, white, part);
        }

        return (ground, dark);
    }

    private static string Hash(string text) => "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string Read(string name)
    {
        using var stream =
            typeof(Asset).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The assembly carries no “{name}”.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        // A browser hashes what it parsed, and a parser turns every line end into one line feed.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
