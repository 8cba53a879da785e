using System.Text.Json;

namespace Farback.Cli.Tests;

/// <summary>farback spectrum on networks whose answer is known, on tasks, and on runs of every direction.</summary>
public sealed class SpectrumTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("farback").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("orthogonal", "it keeps", 1)]
    [InlineData("orthogonal=0.9", "it fades", 0.9)]
    [InlineData("orthogonal=1.1", "it blows up", 1.1)]
    public void A_linear_networks_scale_is_its_answer(string initial, string says, double factor)
    {
        string[] arguments = ["spectrum", "--cell", "elman-identity", "--initial", initial, "--hidden", "6", "--lag", "11"];
        Outcome text = Farback.Run(arguments, _folder);
        Assert.True(text.Code == 0, text.Error);
        Assert.Contains(says, text.Out, StringComparison.Ordinal);
        Assert.Contains("1 keeps, below 1 fades, above 1 blows up.", text.Out, StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(Farback.Run([.. arguments, "--json"], _folder).Out);
        JsonElement state = json.RootElement.GetProperty("view").GetProperty("spectrum").GetProperty("states")[0];
        Assert.Equal(factor, state.GetProperty("factorPerStep").GetDouble(), 1e-12);
        Assert.Equal(6, state.GetProperty("exponents").GetArrayLength());
    }

    [Fact]
    public void Both_directions_of_a_run_are_told_apart()
    {
        Outcome run = Farback.Run(
            [
                "train",
                "--task",
                "temporal-order",
                "--shortest",
                "12",
                "--longest",
                "14",
                "--cell",
                "gru",
                "--hidden",
                "6",
                "--bidirectional",
                "--iterations",
                "3",
                "--out",
                "run",
            ],
            _folder
        );
        Assert.True(run.Code == 0, run.Error);
        Outcome spectrum = Farback.Run(["spectrum", "--run", "run", "--sequences", "3", "--lags", "5"], _folder);
        Assert.True(spectrum.Code == 0, spectrum.Error);
        foreach (string part in new[] { "layer 0:", "layer 0, backwards:", "weight_hh_l0_reverse.z", "r, layer 0", "τ =" })
            Assert.Contains(part, spectrum.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("           6 ", spectrum.Out, StringComparison.Ordinal); // no lag beyond the one asked for
    }

    [Fact]
    public void Numbers_that_cannot_be_are_refused()
    {
        Outcome lags = Farback.Run(["spectrum", "--lags", "0"], _folder);
        Assert.Equal(2, lags.Code);
        Assert.Contains("--lags: expected 1 or more, got 0.", lags.Error, StringComparison.Ordinal);
    }
}
