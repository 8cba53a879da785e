using Farback.Sequences;

namespace Farback.Formats.Tests.Data;

public sealed class LabelledTaskTests : OwnFiles
{
    private string Forty() =>
        Text(
            "names.tsv",
            string.Concat(Enumerable.Range(0, 20).Select(number => $"vowel\ta{(char)('a' + number)}\nother\tb{(char)('a' + number)}x\n"))
        );

    [Fact]
    public void The_label_is_asked_at_the_last_character_and_nowhere_else()
    {
        LabelledTask task = LabelledTask.Open(Forty(), new());
        Assert.Equal(["other", "vowel"], task.OutputWords);
        Assert.Equal([32L, 4, 4], task.Description.Splits.Select(split => split.Count));
        Batch batch = Assert.Single(task.Held(Split.Test, 10));
        Assert.Equal((3, 4), (batch.Times, batch.Lanes));
        for (int lane = 0; lane < 4; lane++)
        {
            bool vowel = task.InputWords[batch.Ids![lane]] == "a";
            Assert.Equal(vowel ? 2 : 3, batch.Lengths[lane]);
            for (int time = 0; time < 3; time++)
                Assert.Equal(
                    time == batch.Lengths[lane] - 1 ? (vowel ? 1 : 0) : ClassTargets.Ignored,
                    ((ClassTargets)batch.Targets).Classes[time * 4 + lane]
                );
        }
    }

    [Fact]
    public void The_split_is_the_same_for_the_same_seed_and_holds_out_each_class_alike()
    {
        string path = Forty();
        static string[] Part(FileTask task, Split split) =>
            [
                .. task.Held(split, 1)
                    .Select(batch =>
                        string.Concat(batch.Ids!.Select(id => task.InputWords[id])) + ((ClassTargets)batch.Targets).Classes[^1]
                    ),
            ];
        // every character is known, so that texts can be told apart: two of each in training at least
        DataOptions options = new() { Seed = 5 };
        FileTask one = DataFile.Open(path, options),
            two = DataFile.Open(path, options),
            other = DataFile.Open(path, options with { Seed = 6 });
        foreach (Split split in Enum.GetValues<Split>())
        {
            Assert.Equal(Part(one, split), Part(two, split));
            Assert.Equal(Part(one, split).Length / 2, Part(one, split).Count(text => text.EndsWith('1')));
        }
        Assert.NotEqual(Part(one, Split.Training), Part(other, Split.Training));
        Assert.Empty(Part(one, Split.Training).Intersect(Part(one, Split.Test)));
        Assert.Equal(one.Next(new TaskPlace(3), 8).Ids, two.Next(new TaskPlace(3), 8).Ids);
    }

    [Fact]
    public void A_text_that_comes_twice_stands_in_one_part_only()
    {
        string path = Text(
            "twice.tsv",
            string.Concat(
                Enumerable
                    .Range(0, 10)
                    .Select(number => $"x\t{(char)('a' + number)}\ny\t{(char)('A' + number)}\nx\t{(char)('a' + number)}\n")
            )
        );
        LabelledTask task = LabelledTask.Open(path, new());
        Assert.Equal([24L, 3, 3], task.Description.Splits.Select(split => split.Count));
        Assert.Contains(task.Facts, fact => fact.StartsWith("10 examples repeat a text", StringComparison.Ordinal));
    }

    [Fact]
    public void A_folder_has_one_class_a_file()
    {
        Text("lang/French.txt", "Abel\nÉmile\n\nZoé\n");
        string path = Path.GetDirectoryName(Text("lang/German.txt", "Jörg\r\nUwe\r\nAnna"))!;
        FileTask task = DataFile.Open(path);
        Assert.Equal(DataKind.Labelled, task.Description.Kind);
        Assert.Equal(["French", "German"], task.OutputWords);
        Assert.Equal([new("French", 3), new LabelCount("German", 3)], task.Description.Labels);
        Assert.Equal(new LengthSummary(3, 4, 5, "characters"), task.Description.Lengths);
        Assert.Contains(task.Facts, fact => fact.Contains("1 blank lines", StringComparison.Ordinal));
    }

    [Fact]
    public void A_network_that_always_says_the_most_frequent_class_meets_the_majority_baseline()
    {
        string path = Text(
            "uneven.tsv",
            string.Concat(Enumerable.Range(0, 30).Select(number => $"{(number % 3 == 0 ? "rare" : "often")}\t{number}x\n"))
        );
        LabelledTask task = LabelledTask.Open(path, new());
        Judge judge = task.NewJudge();
        foreach (Batch batch in task.Held(Split.Test, 2))
            judge.Add(batch, (_, _) => (double[])[1, 0]);
        Score accuracy = judge.Scores[0];
        Assert.Equal(3, accuracy.Count);
        Assert.Equal(2 / 3.0, accuracy.Value, 1e-12);
        Assert.Equal(new Baseline("majority", accuracy.Value), Assert.Single(accuracy.Baselines!));
        Assert.Equal([new("class", "often", 1, 2, 1), new ScorePart("class", "rare", 0, 1, 0)], accuracy.Breakdown!);
        Assert.Equal(Math.Log2(1 + Math.E) - 2 / 3.0 * Math.Log2(Math.E), judge.Scores[1].Value, 1e-12);
    }

    [Fact]
    public void Surnames_of_eighteen_languages_open_whole()
    {
        FileTask task = DataFile.Open(PublicData.Find("names/lang"));
        Assert.Equal(18, task.Outputs);
        Assert.Equal(task.Description.Labels.Sum(label => label.Count), task.Description.Splits.Sum(split => split.Count));
        Assert.Equal(73, task.Description.Labels.Single(label => label.Label == "Vietnamese").Count);
        Batch batch = task.Next(new TaskPlace(1), 32);
        Assert.Equal(32, batch.Lanes);
    }

    [Fact]
    public void A_label_of_one_example_is_refused_with_its_line() =>
        Assert.Equal(
            "one.tsv: line 4: the label \"y\" has 1 example of its own; expected 3 different ones or more, so that every part gets one; join it with another label or leave it away.",
            Refusal(Text("one.tsv", "x\ta\nx\tb\nx\tc\ny\td\n"))
        );

    [Theory]
    [InlineData("x\ta\nx\tb\nxc\n", "line 3: the line has 1 fields between tabs; expected two, a label and a text.")]
    [InlineData("x\ta\nx\tb\tc\n", "line 2: the line has 3 fields between tabs; expected two, a label and a text.")]
    [InlineData("x\ta\n\tb\n", "line 2: the label is empty; expected a label, a tab and a text.")]
    [InlineData("x\ta\nx\t\n", "line 2: the text is empty; expected a label, a tab and a text.")]
    [InlineData("x\ta\nx\tb\n", "every example has the label \"x\"; expected two labels or more.")]
    public void A_line_that_is_no_label_and_text_is_refused(string text, string sentence) =>
        Assert.Equal($"bad.tsv: {sentence}", Refusal(Text("bad.tsv", text), new() { Kind = DataKind.Labelled }));

    [Fact]
    public void An_example_of_two_million_characters_is_refused() =>
        Assert.Equal(
            "long.tsv: line 2: the text has 2000000 characters; expected at most 65536 in one example.",
            Refusal(
                Text("long.tsv", $"x\ta\nx\t{new string('b', 2_000_000)}\nx\tc\ny\td\ny\te\ny\tf\n"),
                new() { Kind = DataKind.Labelled }
            )
        );
}
