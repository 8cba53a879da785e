using System.Text.Json;
using System.Text.Json.Serialization;
using Farback.Experiments;
using Farback.Reports;

namespace Farback.Tests.Experiments;

/// <summary>The study, small: what it says depends on its seeds and on nothing else.</summary>
public sealed class ClaimsStudyTests
{
    private static readonly ClaimsStudy Small = new()
    {
        Seeds = [1, 2],
        Lag = 5,
        Iterations = 20,
        Hidden = 8,
    };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static readonly JsonSerializerOptions Named = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    [Fact]
    public void The_number_of_threads_changes_nothing()
    {
        List<double> parts = [];
        ClaimsReport one = (Small with { Threads = 1 }).Run("farback claims", at => parts.Add(at.Fraction), Cancel),
            two = (Small with { Threads = 2 }).Run("farback claims", cancel: Cancel);
        Assert.Equal(JsonSerializer.Serialize(one, Named), JsonSerializer.Serialize(two, Named));
        Assert.Equal(["1", "2", "3", "4", "5", "6", "7"], one.Claims.Select(claim => claim.Key));
        Assert.Equal(["a", "b", "c"], one.Questions.Select(claim => claim.Key));
        Assert.All(one.Claims, claim => Assert.All(claim.Numbers, number => Assert.Equal(2, number.PerSeed.Count)));
        Assert.Equal(parts.Order(), parts);
        Assert.Equal(1, parts[^1]);
        // twenty updates teach nothing: the verdict on what needs training is not the trained network's
        Assert.NotEqual(ClaimVerdict.Partly, one.Claims[5].Verdict);
    }

    [Fact]
    public void It_can_be_interrupted_and_wants_a_seed()
    {
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => Small.Run("", _ => stop.Cancel(), stop.Token));
        Assert.Throws<ArgumentException>(() => (Small with { Seeds = [] }).Run("", cancel: Cancel));
    }

    [Fact]
    public void The_markdown_quotes_each_claim_with_its_verdict_and_every_number()
    {
        ClaimsReport report = (Small with { Seeds = [3] }).Run("farback claims --seeds 1", cancel: Cancel);
        string text = ClaimsMarkdown.Of(report);
        foreach (ClaimAnswer claim in report.Claims.Concat(report.Questions))
        {
            Assert.Contains($"## {claim.Key}. “{claim.Claim}”\n\n**{claim.Word}.** {claim.Because}", text, StringComparison.Ordinal);
            Assert.All(claim.Numbers, number => Assert.Contains($"- {number.Name}: {number.Text}\n", text, StringComparison.Ordinal));
        }
        // one seed has no interval: nothing that needs one is decided
        Assert.Equal(ClaimVerdict.Undecided, report.Claims[2].Verdict);
    }
}
