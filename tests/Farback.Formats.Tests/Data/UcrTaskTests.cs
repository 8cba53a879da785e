using Farback.Sequences;

namespace Farback.Formats.Tests.Data;

public sealed class UcrTaskTests : OwnFiles
{
    private const string Header = "# a comment\n@problemName Toy\n@timeStamps false\n@univariate true\n@classLabel true up down\n@data\n";

    private static string Series(int count) =>
        string.Concat(Enumerable.Range(0, count).Select(number => $"0,{number},2:up\n2,{number},0:down\n"));

    [Fact]
    public void The_class_is_asked_at_the_last_value_and_the_test_file_is_found_by_name()
    {
        string train = Text("Toy_TRAIN.ts", Header + Series(10)),
            test = Text("Toy_TEST.ts", Header + "1,1,1,1:down\n");
        foreach (string path in (string[])[train, test])
        {
            FileTask task = DataFile.Open(path);
            Assert.Equal("Toy_TRAIN.ts", task.Name);
            Assert.Equal([18L, 2, 1], task.Description.Splits.Select(split => split.Count));
            Batch batch = Assert.Single(task.Held(Split.Test, 3));
            Assert.Equal([-1, -1, -1, 1], ((ClassTargets)batch.Targets).Classes);
            Assert.Single(batch.Values!.Distinct());
            double[] training = [.. task.Held(Split.Training, 100).Single().Values!];
            Assert.Equal(0, training.Average(), 1e-12);
            Assert.Equal(1, training.Average(value => value * value), 1e-12);
        }
    }

    [Fact]
    public void Several_dimensions_are_vectors()
    {
        string path = Text("multi.ts", Header + string.Concat(Enumerable.Repeat("1,2,3:5,5,5:up\n1,2,3:5,5,5:down\n", 3)));
        FileTask task = DataFile.Open(path);
        Assert.Equal(2, task.Inputs);
        Batch batch = task.Next(new TaskPlace(1), 1);
        double unit = Math.Sqrt(1.5);
        Assert.Equal(
            [-unit, 0, 0, 0, unit, 0],
            batch.Values!.Select(value => Math.Round(value, 12)).Select(value => value == 0 ? 0 : Math.Sign(value) * unit)
        );
    }

    [Theory]
    [InlineData("1,2:left", "line 7: the label \"left\"; expected one of up, down, as the header says.")]
    [InlineData("1,2", "line 7: the series has no label; expected a colon and the label at the end.")]
    [InlineData("1,?:up", "line 7: value 2 is missing; expected a finite number (missing values are not supported).")]
    [InlineData("1,x:up", "line 7: value 2 is \"x\"; expected a finite number (missing values are not supported).")]
    [InlineData("1,2:3:up", "line 7: the dimensions differ in length; expected 2 values in each.")]
    [InlineData("1,2:up\n1:2:up", "line 8: the series has 2 dimensions; expected 1, as the first has.")]
    [InlineData("1,2:up", "the label \"up\" has 1 example; expected 3 or more, so that every part gets one.")]
    [InlineData("", "no series follows @data; expected one series a line.")]
    public void A_file_that_is_none_is_refused(string data, string sentence) =>
        Assert.Equal($"bad.ts: {sentence}", Refusal(Text("bad.ts", Header + data + "\n")));

    [Fact]
    public void A_header_that_is_none_is_refused()
    {
        Assert.Equal(
            "a.ts: line 1: a line of data before @data; expected a header of lines that begin with @.",
            Refusal(Text("a.ts", "1,2:up\n"))
        );
        Assert.Equal(
            "b.ts: line 1: @data without @classLabel before it; expected the classes (@classLabel true …).",
            Refusal(Text("b.ts", "@data\n"))
        );
        Assert.Equal(
            "c.ts: line 3: the series have time stamps; expected values at equal distances (@timeStamps false).",
            Refusal(Text("c.ts", Header.Replace("@timeStamps false", "@timeStamps true")))
        );
    }

    [Theory]
    [InlineData("GunPoint", 45, 5, 150, 150)]
    [InlineData("ItalyPowerDemand", 61, 6, 1029, 24)]
    public void Public_pairs_of_files_keep_the_published_test_part(string name, int training, int validation, int test, int length)
    {
        FileTask task = DataFile.Open(PublicData.Find($"series/{name}_TRAIN.ts"));
        Assert.Equal([training, validation, test], task.Description.Splits.Select(split => (int)split.Count));
        Batch batch = task.Next(new TaskPlace(1), 4);
        Assert.Equal(length, batch.Times);
        Judge judge = task.NewJudge();
        foreach (Batch held in task.Held(Split.Test, 50))
            judge.Add(held, (_, _) => new double[2]);
        Assert.Equal(test, judge.Scores[0].Count);
        Assert.InRange(judge.Scores[0].Baselines![0].Value, 0.45, 0.55);
    }
}
