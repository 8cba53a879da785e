using System.Text.Json;

namespace Farback.Cli.Tests;

/// <summary>Changed files of every format: a thousandth of the ten million whose figures stand in docs/formats.md.</summary>
public sealed class FuzzTests
{
    private const int Inputs = 10_000;

    [Fact]
    public void Whatever_a_file_is_turned_into_every_reader_opens_it_or_refuses_it()
    {
        Outcome run = Farback.Run(["fuzz", "--inputs", $"{Inputs}", "--seed", "1", "--json"]);
        Assert.True(run.Code == 0, run.Out + run.Error);
        using JsonDocument json = JsonDocument.Parse(run.Out);
        Assert.Equal(Inputs, json.RootElement.GetProperty("inputs").GetInt32());
        foreach (JsonElement row in json.RootElement.GetProperty("rows").EnumerateArray())
        {
            (int inputs, int accepted, int refused) = (Count("inputs"), Count("accepted"), Count("refused"));
            Assert.Equal(inputs, accepted + refused);
            // changes that only ever break the first byte prove nothing, and neither do those that break nothing
            Assert.True(accepted > 0 && refused > inputs / 4, row.ToString());

            int Count(string name) => row.GetProperty(name).GetInt32();
        }
    }

    [Fact]
    public void The_seed_decides_and_the_number_of_threads_does_not()
    {
        string Counts(string threads, string seed)
        {
            Outcome run = Farback.Run(["fuzz", "--inputs", "3000", "--seed", seed, "--threads", threads, "--json"]);
            using JsonDocument json = JsonDocument.Parse(run.Out);
            return string.Join(
                ' ',
                json.RootElement.GetProperty("rows").EnumerateArray().Select(row => row.GetProperty("accepted").GetInt32())
            );
        }
        Assert.Equal(Counts("1", "5"), Counts("3", "5"));
        Assert.NotEqual(Counts("1", "5"), Counts("1", "6"));
    }

    [Fact]
    public void A_folder_that_is_not_there_is_said_before_anything_is_read()
    {
        Outcome run = Farback.Run(["fuzz", "--out", "nowhere"]);
        Assert.Equal(2, run.Code);
        Assert.Contains("no folder nowhere", run.Error, StringComparison.Ordinal);
    }
}
