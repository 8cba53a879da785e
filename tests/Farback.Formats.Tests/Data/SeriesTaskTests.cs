using System.Globalization;
using Farback.Sequences;

namespace Farback.Formats.Tests.Data;

public sealed class SeriesTaskTests : OwnFiles
{
    // 1, 2, …, 40: trained on 1 … 32
    private static readonly string Rising = string.Concat(Enumerable.Range(1, 40).Select(value => $"{value}\n"));

    private static string Numbers(int count) => string.Concat(Enumerable.Range(1, count).Select(value => $"x,{value}\n"));

    [Fact]
    public void The_next_value_stands_as_target_under_each_standardised_by_the_training_part()
    {
        SeriesTask task = new(Text("rising.csv", Rising), new() { Window = 3 });
        Assert.Equal([32L, 4, 4], task.Description.Splits.Select(split => split.Count));
        Assert.Equal(16.5, task.Mean, 1e-12);
        Assert.Equal(Math.Sqrt((32 * 32 - 1) / 12.0), task.Deviation, 1e-12);
        double Back(double value) => value * task.Deviation + task.Mean;

        Batch drawn = task.Next(new TaskPlace(1), 2);
        for (int place = 0; place < 6; place++)
            Assert.Equal(Back(drawn.Values![place]) + 1, Back(((ValueTargets)drawn.Targets).Values[place]), 1e-9);

        Batch[] test = [.. task.Held(Split.Test, 1)];
        Assert.Equal([6, 4], test.Select(batch => batch.Times));
        Assert.Equal([33, 34, 35, 36, 37, 38], test[0].Values!.Select(value => (int)Math.Round(Back(value))));
        Assert.Equal([false, false, false, true, true, true], Enumerable.Range(0, 6).Select(time => test[0].HasLoss(time, 0)));
        Assert.Equal([36, 37, 38, 39], test[1].Values!.Select(value => (int)Math.Round(Back(value))));
        Assert.Equal(40, Back(((ValueTargets)test[1].Targets).Values[3]), 1e-9);
    }

    [Fact]
    public void Errors_and_baselines_are_in_the_unit_of_the_series()
    {
        SeriesTask task = new(Text("rising.csv", Rising), new() { Window = 3 });
        Judge judge = task.NewJudge();
        // a network that says two more than the input: one too much
        foreach (Batch batch in task.Held(Split.Test, 2))
            judge.Add(batch, (time, lane) => (double[])[batch.Values![time * batch.Lanes + lane] + 2.5 / task.Deviation]);
        Score root = judge.Scores[0],
            squared = judge.Scores[1];
        Assert.Equal(4, root.Count);
        Assert.Equal(1.5, root.Value, 1e-9);
        Assert.Equal(2.25, squared.Value, 1e-9);
        Assert.Equal(1, root.Baselines![0].Value, 1e-9);
        // 37 … 40 against 16.5
        Assert.Equal(Enumerable.Range(37, 4).Average(value => (value - 16.5) * (value - 16.5)), squared.Baselines![1].Value, 1e-9);
    }

    [Fact]
    public void A_byte_order_mark_line_ends_of_two_bytes_quotes_and_other_separators_change_nothing()
    {
        double[] Values(string name, string text) =>
            new SeriesTask(Text(name, text), new() { Window = 8 }).Held(Split.Test, 1).Single().Values!;
        string rows = string.Concat(Enumerable.Range(1, 40).Select(value => $"d{value},{value * value}.5\n"));
        double[] expected = Values("plain.csv", "day,value\n" + rows);
        Assert.Equal(expected, Values("bare.csv", rows));
        Assert.Equal(expected, Values("crlf.csv", "\uFEFFday,value\r\n" + rows.Replace("\n", "\r\n")));
        Assert.Equal(expected, Values("semicolon.csv", "day;value\n" + rows.Replace(',', ';')));
        Assert.Equal(expected, Values("tab.csv", "day\tvalue\n" + rows.Replace(',', '\t')));
        Assert.Equal(expected, Values("quoted.csv", "\"the \"\"day\"\",\nor so\",\"value\"\n" + rows.Replace("d1,", "\"d,\n1\",")));
        Assert.Equal(expected, Values("open-ended.csv", rows.TrimEnd() + "\n\n"));
    }

    [Fact]
    public void A_column_is_chosen_by_name_or_number()
    {
        string path = Text("two.csv", "low,high\n" + string.Concat(Enumerable.Range(1, 30).Select(value => $"{value},{value + 100}\n")));
        Assert.Equal(112.5, new SeriesTask(path, new() { Column = "high" }).Mean, 1e-9);
        Assert.Equal(12.5, new SeriesTask(path, new() { Column = "1" }).Mean, 1e-9);
        Assert.Equal(
            "two.csv: there is no column \"middle\"; expected one of \"low\", \"high\".",
            Refusal(path, new() { Column = "middle" })
        );
        Assert.Equal("two.csv: 2 columns hold numbers; expected one, or a choice by --column out of \"low\", \"high\".", Refusal(path));
    }

    [Theory]
    [InlineData(
        "t,v\na,1\nb,2,3\n",
        "line 3: the row has 3 fields; expected 2, as the first row has (does a number have a decimal comma, or a text lack its quotes?)."
    )]
    [InlineData("t,v\na,1\nb\n", "line 3: the row has 1 field; expected 2, as the first row has.")]
    [InlineData("t,v\na,1\n\"b,2\nc,3\n", "line 3: a quote is opened and never closed; expected a closing quote.")]
    [InlineData("t,v\na,1\n\"b\"c,2\n", "line 3: \"c\" follows a closing quote; expected a separator, or a doubled quote.")]
    [InlineData(
        "t,v\na,1\nb\"\",2\n",
        "line 3: a quote stands inside the field \"b\"\"\"; expected quotes around the whole field, doubled inside."
    )]
    [InlineData(
        "t;v\na;1,5\n",
        "line 2: column \"v\" has \"1,5\" with a decimal comma; expected a decimal point, 1.5 (export the table with points, or replace the commas)."
    )]
    [InlineData(
        "t,v\na,1\nb,\"2,5\"\n",
        "line 3: column \"v\" has \"2,5\" with a decimal comma; expected a decimal point, 2.5 (export the table with points, or replace the commas)."
    )]
    [InlineData("t,v\na,1\nb,\n", "line 3: column \"v\" has an empty field; expected a finite number (fill gaps, or leave the rows away).")]
    [InlineData("t,v\na,1\nb,?2\n", "line 3: column \"v\" has \"?2\"; expected a finite number (fill gaps, or leave the rows away).")]
    [InlineData("t,v\na,1\nb,NaN\n", "line 3: column \"v\" has \"NaN\"; expected a finite number (fill gaps, or leave the rows away).")]
    [InlineData("t,v\na,b\n", "no column holds numbers; expected one, or a choice by --column out of \"1\", \"2\".")]
    [InlineData("t,v\na,1\nb,2\n", "column \"v\" has 2 values; expected at least 20.")]
    public void A_table_that_is_none_is_refused(string text, string sentence) =>
        Assert.Equal($"bad.csv: {sentence}", Refusal(Text("bad.csv", text)));

    [Fact]
    public void An_open_quote_in_a_large_table_is_refused_before_it_swallows_the_rest() =>
        Assert.StartsWith(
            "big.csv: line 3: the row is longer than 1048576 characters",
            Refusal(Text("big.csv", "t,v\na,1\n\"b,2\n" + Numbers(200_000))),
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("airline-passengers", 144)]
    [InlineData("monthly-sunspots", 2820)]
    [InlineData("daily-min-temperatures", 3650)]
    public void Public_series_have_the_naive_error_that_a_plain_loop_computes(string name, int count)
    {
        string path = PublicData.Find($"series/{name}.csv");
        double[] values =
        [
            .. File.ReadLines(path)
                .Skip(1)
                .Where(line => line.Length > 0)
                .Select(line => double.Parse(line.Split(',')[1], CultureInfo.InvariantCulture)),
        ];
        Assert.Equal(count, values.Length);
        SeriesTask task = (SeriesTask)DataFile.Open(path);
        int test = (int)task.Description.Splits[2].Count;
        Judge judge = task.NewJudge();
        foreach (Batch batch in task.Held(Split.Test, 7))
            judge.Add(batch, (_, _) => (double[])[0]);
        double naive = Enumerable.Range(count - test, test).Average(at => (values[at] - values[at - 1]) * (values[at] - values[at - 1]));
        Assert.Equal(test, judge.Scores[1].Count);
        Assert.Equal(naive, judge.Scores[1].Baselines![0].Value, 1e-9 * naive);
    }
}
