using Farback.Sequences;

namespace Farback.Formats.Tests.Data;

public sealed class PairsTaskTests : OwnFiles
{
    private const string Header = "paradigm\tcondition\tgrammatical\tungrammatical\n";

    // ten subjects, each with two verbs: the pairs of a subject have the same beginning
    private string Twenty() =>
        Text(
            "pairs.tsv",
            Header
                + string.Concat(
                    Enumerable
                        .Range(0, 10)
                        .SelectMany(number =>
                            (string[])
                                [
                                    $"simple\tsing\tthe {(char)('a' + number)} sleeps here\tthe {(char)('a' + number)} sleep here\n",
                                    $"simple\tplur\tthe {(char)('a' + number)} run.\tthe {(char)('a' + number)} runs.\n",
                                ]
                        )
                )
        );

    [Fact]
    public void Both_members_of_a_pair_are_asked_at_the_deciding_word_in_neighbouring_lanes()
    {
        FileTask task = DataFile.Open(Twenty(), new() { MinimumCount = 1 });
        Assert.Equal(DataKind.Pairs, task.Description.Kind);
        Assert.Equal([16L, 2, 2], task.Description.Splits.Select(split => split.Count));
        Batch batch = task.Next(new TaskPlace(1), 4);
        Assert.Equal((3, 4), (batch.Times, batch.Lanes));
        Assert.Equal([-1, -1, -1, -1, -1, -1, -1, -1, 1, 0, 1, 0], ((ClassTargets)batch.Targets).Classes);
        Assert.Equal(batch.Ids![4], batch.Ids[5]);
        string[] verbs = [.. batch.Ids[8..].Select(id => task.InputWords[id])];
        Assert.All(verbs.Chunk(2), pair => Assert.Contains(string.Join(' ', pair), (string[])["sleeps sleep", "run runs"]));
    }

    [Fact]
    public void A_pair_is_right_where_the_grammatical_member_has_the_higher_odds()
    {
        FileTask task = DataFile.Open(Twenty(), new() { MinimumCount = 1 });
        // says the odds of a verb form: right for sleep, wrong for run
        double[] Odds(Batch batch, int time, int lane) =>
            task.InputWords[batch.Ids![time * batch.Lanes + lane]] is "sleeps" or "runs" ? [0, 1] : [0, 0];
        foreach (int lanes in (int[])[1, 2, 3, 4])
        {
            Judge judge = task.NewJudge();
            foreach (Batch batch in task.Held(Split.Test, lanes))
                judge.Add(batch, (time, lane) => Odds(batch, time, lane));
            Score pairs = judge.Scores[0];
            Assert.Equal(("pair accuracy", 0.5, 2L), (pairs.Name, pairs.Value, pairs.Count));
            // in training both forms are right as often as each other, but each form is always right or always wrong
            Assert.Equal([new("majority", 0.5), new Baseline("deciding word alone", 1)], pairs.Baselines!);
            Assert.Equal(
                [new("condition", "plur", 0, 1, 1), new("condition", "sing", 1, 1, 1), new ScorePart("paradigm", "simple", 0.5, 2, 1)],
                pairs.Breakdown!
            );
        }
    }

    [Fact]
    public void Pairs_with_the_same_beginning_stand_in_one_part()
    {
        FileTask task = DataFile.Open(Twenty(), new() { MinimumCount = 1, Seed = 3 });
        int[] Subjects(Split split) => [.. task.Held(split, 2).Select(batch => batch.Ids![2]).Distinct()];
        Assert.Equal((8, 1, 1), (Subjects(Split.Training).Length, Subjects(Split.Validation).Length, Subjects(Split.Test).Length));
    }

    [Fact]
    public void Pairs_whose_subjects_differ_are_asked_at_the_verb()
    {
        string path = Text(
            "blimp.jsonl",
            string.Concat(
                Enumerable
                    .Range(0, 5)
                    .Select(number =>
                        $$"""{"sentence_good": "The w{{number}}en meet.", "sentence_bad": "The w{{number}}an meet.", "two_prefix_prefix_good": "The w{{number}}en", "two_prefix_prefix_bad": "The w{{number}}an", "two_prefix_word": "meet", "UID": "irregular"}"""
                        + "\n"
                    )
            )
        );
        FileTask task = DataFile.Open(path, new() { MinimumCount = 1 });
        Assert.Equal(new LengthSummary(3, 3, 3, "words up to the deciding one"), task.Description.Lengths);
        Batch batch = task.Held(Split.Training, 2).First();
        Assert.Equal(["meet", "meet"], batch.Ids![4..].Select(id => task.InputWords[id]));
        Assert.Equal([new LabelCount("irregular", 5)], task.Description.Labels);
    }

    [Fact]
    public void An_index_says_which_word_decides()
    {
        string path = Text(
            "indexed.tsv",
            "grammatical\tungrammatical\tindex\n"
                + string.Concat(Enumerable.Range(0, 4).Select(n => $"the c{n}s, here, sleep\tthe c{n}, here, sleep\t3\n"))
        );
        FileTask task = DataFile.Open(path, new() { MinimumCount = 1 });
        // marks are words, so that the fourth word at blanks is the sixth
        Assert.Equal(6, task.Description.Lengths.Most);
    }

    [Theory]
    [InlineData("a b\ta c\t2", "line 2: the index 2 is out of range; expected 0 to 1, the words of \"a b\".")]
    [InlineData("a b\ta c\t-1", "line 2: the index -1 is out of range; expected 0 to 1, the words of \"a b\".")]
    [InlineData("a b\ta c\tone", "line 2: the index \"one\"; expected a whole number.")]
    [InlineData("a b\ta c\t0", "line 2: the index 0 stands before the first word that differs; expected 1 or more.")]
    [InlineData("a b\ta b\t1", "line 2: the two sentences are the same; expected sentences that differ in a word.")]
    [InlineData("\ta b\t1", "line 2: a sentence is empty; expected two sentences.")]
    [InlineData("a b\ta c", "line 2: the line has 2 fields between tabs; expected 3, as the header has.")]
    [InlineData("a b\ta c\t1", "there are 1 different beginnings of sentences; expected 3 or more, so that every part gets one.")]
    public void A_row_that_is_no_pair_is_refused(string row, string sentence) =>
        Assert.Equal($"bad.tsv: {sentence}", Refusal(Text("bad.tsv", $"grammatical\tungrammatical\tindex\n{row}\n")));

    [Theory]
    [InlineData("{\"sentence_good\": \"a b\"", "line 1: the line breaks off being JSON at character 24; expected one JSON object a line.")]
    [InlineData("{\"sentence_good\": \"a b\"}", "line 1: the text sentence_bad is missing; expected sentence_good and sentence_bad.")]
    [InlineData(
        "{\"sentence_good\": \"a b\", \"sentence_bad\": \"a c\", \"index\": 5}",
        "line 1: the index 5 is out of range; expected 0 to 1, the words of \"a b\"."
    )]
    [InlineData(
        "{\"sentence_good\": \"a b\", \"sentence_bad\": \"a c\"}\n[1]",
        "line 2: the line is a JSON Array; expected an object with sentence_good and sentence_bad."
    )]
    public void A_json_line_that_is_no_pair_is_refused(string text, string sentence) =>
        Assert.Equal($"bad.jsonl: {sentence}", Refusal(Text("bad.jsonl", text)));

    [Fact]
    public void Public_pairs_open_whole_and_no_pair_becomes_indistinct_in_the_large_set()
    {
        FileTask task = DataFile.Open(PublicData.Find("agreement/lm_syneval.tsv"));
        Assert.Equal(69_700, task.Description.Splits.Sum(split => split.Count));
        Assert.Equal(10, task.Description.Labels.Count);
        Assert.Contains(task.Facts, fact => fact.StartsWith("0 pairs become the same", StringComparison.Ordinal));
        foreach (string name in (string[])["regular_plural_subject_verb_agreement_1", "irregular_plural_subject_verb_agreement_2"])
            Assert.Equal(1000, DataFile.Open(PublicData.Find($"agreement/{name}.jsonl")).Description.Splits.Sum(split => split.Count));
    }
}
