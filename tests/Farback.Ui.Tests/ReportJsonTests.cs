using System.Text.Json;
using Farback.Gradients;
using Farback.Reports;

namespace Farback.Ui.Tests;

public sealed class ReportJsonTests
{
    private static readonly Report Sample = SampleReport.Make();

    [Fact]
    public void A_report_comes_back_exactly()
    {
        var text = ReportJson.Write(Sample);
        var back = ReportJson.Read(text);
        Assert.Equal(text, ReportJson.Write(back));
        Assert.Equal(Sample.Answer, back.Answer);
        Assert.Equal(Sample.Networks[1].Verdict, back.Networks[1].Verdict);
        Assert.Equal(Sample.Networks[0].ProfileAfter.Points, back.Networks[0].ProfileAfter.Points);
        var (sent, found) = (Quantity(Sample), Quantity(back));
        Assert.Equal(sent.Values, found.Values);
        Assert.Equal(sent.Classes, found.Classes);
    }

    [Fact]
    public void Not_a_number_and_infinity_travel_as_words_and_come_back()
    {
        var network = Sample.Networks[0];
        double[] odd = [double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.Epsilon, -0.0, 0.1 + 0.2];
        var report = Sample with { Networks = [network with { Accuracy = [new AccuracyAtLag(1, "odd", odd, 1)] }] };
        var text = ReportJson.Write(report);
        Assert.Contains("\"NaN\",\"Infinity\",\"-Infinity\"", text, StringComparison.Ordinal);
        var back = ReportJson.Read(text).Networks[0].Accuracy[0].PerRun;
        Assert.Equal(odd.Select(BitConverter.DoubleToInt64Bits), back.Select(BitConverter.DoubleToInt64Bits));
    }

    [Fact]
    public void Names_are_camel_case_and_classes_are_words()
    {
        using var json = JsonDocument.Parse(ReportJson.Write(Sample));
        var quantity = json
            .RootElement.GetProperty("networks")[0]
            .GetProperty("sentences")[0]
            .GetProperty("after")
            .GetProperty("quantities")[0];
        Assert.Equal("log", quantity.GetProperty("scale").GetString());
        var classes = quantity.GetProperty("classes").EnumerateArray().Select(c => c.GetString());
        Assert.Contains("noPath", classes);
        Assert.Contains("nan", classes);
        Assert.Equal("cannotLearn", json.RootElement.GetProperty("networks")[0].GetProperty("verdict").GetProperty("outcome").GetString());
    }

    [Fact]
    public void A_newer_version_is_refused_in_one_clear_sentence()
    {
        var text = ReportJson.Write(Sample with { Version = 2 });
        var refused = Assert.Throws<FormatException>(() => ReportJson.Read(text));
        Assert.Equal(
            "report: written in version 2, and this program reads up to version 1; use a newer Farback to read it.",
            refused.Message
        );
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"version\":\"1\"}")]
    [InlineData("{\"version\":1,\"question\":\"only\"}")]
    [InlineData("null")]
    public void Something_else_is_refused_as_not_a_report(string text)
    {
        var refused = Assert.Throws<FormatException>(() => ReportJson.Read(text));
        Assert.StartsWith("report: ", refused.Message, StringComparison.Ordinal);
    }

    private static MapQuantity Quantity(Report report) => report.Networks[1].Sentences[3].Before.Quantities[1];
}
