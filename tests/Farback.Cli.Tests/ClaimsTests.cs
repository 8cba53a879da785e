using System.Text.Json;

namespace Farback.Cli.Tests;

/// <summary>The seven claims, answered in a hurry: JSON alone on stdout, progress elsewhere, both files whole.</summary>
public sealed class ClaimsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("farback").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Seven_claims_are_answered_and_written_as_page_and_markdown()
    {
        Outcome claims = Farback.Run(["claims", "--quick", "--json", "--out", "claims.md", "--report", "claims.html"], _folder);
        Assert.True(claims.Code == 0, claims.Error);
        using JsonDocument json = JsonDocument.Parse(claims.Out);
        JsonElement[] all = [.. json.RootElement.GetProperty("claims").EnumerateArray()];
        Assert.Equal(7, all.Length);
        string page = File.ReadAllText(Path.Combine(_folder, "claims.html")),
            text = File.ReadAllText(Path.Combine(_folder, "claims.md"));
        foreach (JsonElement claim in all)
        {
            Assert.Contains(claim.GetProperty("verdict").GetString(), new[] { "Right", "Partly", "Wrong", "Undecided" });
            Assert.Contains(claim.GetProperty("claim").GetString()!, text, StringComparison.Ordinal);
            Assert.Contains($"id=\"claim-{claim.GetProperty("key").GetString()}\"", page, StringComparison.Ordinal);
        }
        Assert.Contains("farback claims --quick", text, StringComparison.Ordinal);
        Assert.Contains("LSTM, update", claims.Error, StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetFiles(_folder).Length);
    }

    [Fact]
    public void A_page_that_cannot_be_written_is_refused_before_any_training()
    {
        Outcome claims = Farback.Run(["claims", "--report", Path.Combine("nowhere", "claims.html")], _folder);
        Assert.Equal(1, claims.Code);
        Assert.Contains("does not exist", claims.Error, StringComparison.Ordinal);
        Assert.Empty(claims.Out);
    }
}
