using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;

namespace Farback.Reports;

/// <summary>A report as JSON: camelCase, enums as words, every double exact on the way back.</summary>
/// <remarks>NaN and ±∞, which JSON has no numbers for, travel as the strings "NaN", "Infinity" and "-Infinity".</remarks>
public static class ReportJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = JavaScriptEncoder.Create(UnicodeRanges.All),
        Converters = { new JsonStringEnumConverter(new EnumNames(), allowIntegerValues: false) },
    };

    /// <summary>The report as one line of JSON.</summary>
    public static string Write(Report report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return JsonSerializer.Serialize(report, Options);
    }

    /// <summary>Reads a report back.</summary>
    /// <exception cref="FormatException">The text is not a report, or a newer version than this program reads.</exception>
    public static Report Read(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            CheckVersion(json);
            return JsonSerializer.Deserialize<Report>(json, Options) ?? throw new FormatException("report: expected an object, got null.");
        }
        catch (JsonException wrong)
        {
            throw new FormatException(
                $"report: expected Farback's report JSON; at {wrong.Path ?? "the start"}, line {wrong.LineNumber + 1 ?? 1}: {wrong.Message}",
                wrong
            );
        }
    }

    // The version is looked at before anything else, so that a newer file's new fields never cause a stranger message.
    private static void CheckVersion(string json)
    {
        using var document = JsonDocument.Parse(json);
        if (
            document.RootElement.ValueKind != JsonValueKind.Object
            || !document.RootElement.TryGetProperty("version", out var version)
            || version.ValueKind != JsonValueKind.Number
            || !version.TryGetInt32(out var found)
        )
        {
            throw new FormatException(
                "report: expected an object with a whole number \"version\"; this is not a report that Farback wrote."
            );
        }

        if (found > Report.CurrentVersion)
        {
            throw new FormatException(
                $"report: written in version {found}, and this program reads up to version {Report.CurrentVersion}; use a newer Farback to read it."
            );
        }
    }

    private sealed class EnumNames : JsonNamingPolicy
    {
        // Camel case would write "naN".
        public override string ConvertName(string name) => name == "NaN" ? "nan" : CamelCase.ConvertName(name);
    }
}
