using System.Text.Json;
using Farback.Cli.Measuring;

namespace Farback.Bench;

/// <summary>Measurements as JSON, one a line, ours and the peers' in the same words: T, B, I, H, med_ms, min_ms, …</summary>
internal static class Lines
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        PropertyNameCaseInsensitive = true,
    };

    public static string Write(Row row) => JsonSerializer.Serialize(row, Options);

    /// <summary>The measurement in a line of a peer's output; null for a line that is none.</summary>
    public static Row? Read(string line)
    {
        if (!line.StartsWith('{'))
            return null;
        Row row = JsonSerializer.Deserialize<Row>(line, Options) ?? throw new FormatException($"measurement: found '{line}'.");
        return row.What is null ? Named(row) : row;
    }

    // a peer's program does one thing only, and calls the cells by their framework's names
    private static Row Named(Row row) =>
        row with
        {
            What =
                row.Peer.Contains("map", StringComparison.Ordinal) ? "map W_h"
                : row.Peer == "onednn" ? "step+dx"
                : "step",
            Cell = row.Cell switch
            {
                "rnn" => "elman",
                "gru" when row.Peer == "onednn" => "gru-reset-before",
                "lbr_gru" => "gru",
                _ => row.Cell,
            },
        };

    /// <summary>All measurements of a file.</summary>
    public static List<Row> ReadAll(string path) => [.. File.ReadLines(path).Select(Read).OfType<Row>()];
}
