using System.Text.Json;

namespace Farback.Cli.Tests;

/// <summary>farback chain: one entry as a product, on a sentence, a task and a run.</summary>
public sealed class ChainTests
{
    [Fact]
    public void Was_back_to_cat_is_a_product_that_the_map_and_dual_numbers_have_too()
    {
        Outcome chain = Farback.Run(["chain", "--cell", "elman", "--hidden", "8", "--lag", "7", "--loss", "was", "--use", "cat"]);
        Assert.True(chain.Code == 0, chain.Error);
        Assert.Contains("back to “cat” (2)", chain.Out, StringComparison.Ordinal);
        Assert.Contains("they agree", chain.Out, StringComparison.Ordinal);
        Assert.Contains("slopes", chain.Out, StringComparison.Ordinal);
        Assert.Contains("Summed: dw1 + dw2", chain.Out, StringComparison.Ordinal);
        Assert.Contains("so it has no value at all", chain.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_and_a_task_are_taken_as_farback_map_takes_them()
    {
        string folder = Directory.CreateTempSubdirectory("farback").FullName;
        try
        {
            string[] task = ["--task", "adding", "--length", "8", "--cell", "gru", "--hidden", "6"];
            Assert.Equal(0, Farback.Run(["train", .. task, "--iterations", "3", "--out", "run"], folder).Code);
            foreach (string[] target in new[] { ["--run", "run"], task })
            {
                Outcome chain = Farback.Run(["chain", .. target, "--use", "3", "--json"], folder);
                Assert.True(chain.Code == 0, chain.Error);
                JsonElement view = JsonDocument.Parse(chain.Out).RootElement.GetProperty("view");
                JsonElement found = view.GetProperty("chain");
                Assert.True(found.GetProperty("agrees").GetBoolean());
                Assert.Equal(2, found.GetProperty("use").GetInt32());
                Assert.InRange(view.GetProperty("sums").GetProperty("residual").GetDouble(), 0, 1e-13);
                Assert.True(view.GetProperty("forum").GetProperty("isSettled").GetBoolean());
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("--loss", "99", "--loss: expected a step from 1 to")]
    [InlineData("--loss", "dog", "or a word of the sequence")]
    [InlineData("--use", "and", "say which by its number")]
    [InlineData("--use", "15", "no path leads from the loss at step 13")]
    [InlineData("--block", "all", "expected one block of weights")]
    [InlineData("--block", "weight_xx", "the map has no 'weight_xx'")]
    public void What_cannot_be_asked_is_refused_in_a_sentence(string option, string value, string says)
    {
        Outcome chain = Farback.Run(["chain", "--cell", "elman", "--hidden", "4", "--lag", "11", option, value]);
        Assert.Equal(2, chain.Code);
        Assert.Empty(chain.Out);
        Assert.Contains(says, chain.Error, StringComparison.Ordinal);
    }
}
