using System.Text.RegularExpressions;
using Farback.Diagnosis;
using Farback.Experiments;
using Farback.Reports;
using Farback.Sequences;

namespace Farback.Tests.Experiments;

/// <summary>The whole way, from sentences to the report, in small.</summary>
public sealed partial class AgreementDemoTests
{
    private static readonly AgreementDemo Small = new()
    {
        Lag = 5,
        Seeds = [1],
        Iterations = 12,
        LookEvery = 6,
        Hidden = 8,
    };

    private static Report Run(AgreementDemo demo, Action<DemoProgress>? progress = null) =>
        demo.Run("farback demo", progress, TestContext.Current.CancellationToken);

    private static readonly Lazy<Report> One = new(() => Run(Small));

    [Fact]
    public void The_maps_of_every_network_add_up_to_its_gradients()
    {
        foreach (NetworkReport network in One.Value.Networks)
        {
            string residual = network.Details.Single(figure => figure.Name == "Residual").Value;
            Assert.True(PowerOfTen(residual) <= -14, residual); // a number below 1e-13
        }
    }

    [Fact]
    public void Verdict_profile_accuracy_and_runs_tell_of_the_same_networks_and_lag()
    {
        Assert.Equal(["Elman", "LSTM"], One.Value.Networks.Select(network => network.Name));
        foreach (NetworkReport network in One.Value.Networks)
        {
            RunResult run = Assert.Single(network.Runs);
            Assert.Equal((1, 12), (run.Seed, run.Steps));
            Assert.Equal(5, network.Verdict.NeededLag);
            Assert.Equal(run.VerbAccuracy, network.Verdict.Accuracy);
            Assert.Equal(
                Math.Max(network.ProfileBefore.Hundredth.Lag ?? -1, network.ProfileAfter.Hundredth.Lag ?? -1),
                network.Verdict.Reached.Lag ?? -1
            );
            Assert.Equal(network.ProfileAfter.Hundredth.Lag, run.HorizonAfter.Lag);
            Assert.Equal(Enumerable.Range(0, 6), network.ProfileAfter.Points.Select(point => point.Lag));
            Assert.Equal([0, 1, 5], network.Accuracy.Select(place => place.Lag));
            Assert.Equal(1, network.SharesAfter.Sum(share => share.Share), 1e-9);
            Assert.Equal(5, network.Sentences[network.ShownFirst].Lag);
            // twelve steps teach nobody the verb
            Assert.NotEqual(Outcome.Did, network.Verdict.Outcome);
            Assert.Equal(Answers.Cards(network.Verdict, network.ProfileAfter, [run]), network.Cards);
        }
        Assert.Equal(Answers.Sentence(One.Value.Networks, 5), One.Value.Answer);
        Assert.NotNull(One.Value.Networks[0].Log10BoundPerStep); // Elman has the bound, an LSTM none
        Assert.Null(One.Value.Networks[1].Log10BoundPerStep);
    }

    [Fact]
    public void The_report_comes_back_from_json_as_it_was_written()
    {
        string json = ReportJson.Write(One.Value);
        Assert.Equal(json, ReportJson.Write(ReportJson.Read(json)));
        Assert.Equal(MarkdownReport.Render(One.Value), MarkdownReport.Render(ReportJson.Read(json)));
    }

    [Fact]
    public void The_same_seeds_give_the_same_report_and_others_another()
    {
        Assert.Equal(ReportJson.Write(One.Value), ReportJson.Write(Run(Small)));
        Assert.NotEqual(ReportJson.Write(One.Value), ReportJson.Write(Run(Small with { Seeds = [2] })));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(7)]
    [InlineData(21)]
    public void There_are_sentences_enough_for_every_lag(int lag)
    {
        AgreementTask task = new((Small with { Lag = lag }).Task);
        Assert.Equal(lag, task.Test.Max(sentence => sentence.Lag));
        // the half that no look sees holds enough of the needed lag for the maps' 32 lanes
        Assert.True(task.Test.Skip(task.Test.Count / 2).Count(sentence => sentence.Lag == lag) >= 32);
    }

    [Fact]
    public void A_lag_of_too_few_sentences_to_measure_a_horizon_on_is_refused_before_anything_is_trained()
    {
        List<double> fractions = [];
        var error = Assert.Throws<ArgumentException>(() => Run(Small with { Lag = 401 }, look => fractions.Add(look.Fraction)));
        Assert.Contains("too few to measure a horizon", error.Message, StringComparison.Ordinal);
        Assert.Empty(fractions);
    }

    [Fact]
    public void It_tells_how_far_it_is_and_ends_at_one()
    {
        List<double> fractions = [];
        Run(Small with { Iterations = 6, Networks = [Small.Networks[0]] }, look => fractions.Add(look.Fraction));
        Assert.Equal(fractions.Order(), fractions);
        Assert.Equal(1, fractions[^1]);
    }

    // the power of ten of "3.4·10⁻¹⁷"; 0 counts as none at all
    private static int PowerOfTen(string number)
    {
        if (number == "0")
            return int.MinValue;
        Match match = Power().Match(number);
        Assert.True(match.Success, number);
        int size = match.Groups[1].Value.Aggregate(0, (sum, digit) => sum * 10 + "⁰¹²³⁴⁵⁶⁷⁸⁹".IndexOf(digit, StringComparison.Ordinal));
        return -size;
    }

    [GeneratedRegex("·10⁻([⁰¹²³⁴⁵⁶⁷⁸⁹]+)$")]
    private static partial Regex Power();
}
