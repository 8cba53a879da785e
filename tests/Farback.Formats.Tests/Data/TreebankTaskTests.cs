using System.Text;
using Farback.Sequences;

namespace Farback.Formats.Tests.Data;

public sealed class TreebankTaskTests : OwnFiles
{
    private static string Verb(string number) => $"Mood=Ind|Number={number}|Person=3|Tense=Pres|VerbForm=Fin";

    /// <summary>Words « form category features head relation » between bars make a sentence.</summary>
    private static string Sentence(params string[] words)
    {
        StringBuilder text = new("# text\n");
        for (int word = 0; word < words.Length; word++)
        {
            string[] parts = words[word].Split(' ');
            string features = parts[2] switch
            {
                "S" => "Number=Sing",
                "P" => "Number=Plur",
                "VS" => Verb("Sing"),
                "VP" => Verb("Plur"),
                _ => "_",
            };
            text.Append(null, $"{word + 1}\t{parts[0]}\t_\t{parts[1]}\t_\t{features}\t{parts[3]}\t{parts[4]}\t_\t_\n");
        }
        return text.Append('\n').ToString();
    }

    private static readonly string Plain = Sentence("The DET _ 2 det", "cat NOUN S 3 nsubj", "sleeps VERB VS 0 root");

    private static readonly string Attracted = Sentence(
        "Keys NOUN P 6 nsubj",
        "to ADP _ 3 case",
        "doors NOUN P 1 nmod",
        "of ADP _ 5 case",
        "glass NOUN S 1 nmod",
        "open VERB VP 0 root"
    );

    private static readonly string Copula = Sentence("Cats NOUN P 3 nsubj", "are AUX VP 3 cop", "gray ADJ _ 0 root");

    private string Bank(string name, params string[] sentences) => Text(name, string.Concat(sentences));

    [Fact]
    public void The_number_is_asked_at_the_last_word_before_the_verb()
    {
        string path = Bank("a.conllu", [.. Enumerable.Repeat(Attracted, 8)]);
        TreebankTask task = TreebankTask.Open(path, new() { TestFile = Bank("b.conllu", Plain, Copula) });
        Assert.Equal(["Sing", "Plur"], task.OutputWords);
        Assert.Equal(["<unk>", "doors", "glass", "keys", "of", "to"], task.InputWords);
        Batch training = task.Next(new TaskPlace(1), 1);
        Assert.Equal([3, 5, 1, 4, 2], training.Ids!);
        Assert.Equal([-1, -1, -1, -1, 1], ((ClassTargets)training.Targets).Classes);
        Batch test = Assert.Single(task.Held(Split.Test, 4));
        Assert.Equal([2, 1], test.Lengths);
        Assert.Equal([-1, 1, 0, -1], ((ClassTargets)test.Targets).Classes);
    }

    [Fact]
    public void Answers_are_told_apart_by_distance_and_attractors()
    {
        TreebankTask task = TreebankTask.Open(
            Bank("a.conllu", [.. Enumerable.Repeat(Attracted, 8)]),
            new() { TestFile = Bank("b.conllu", Plain, Attracted, Copula) }
        );
        Judge judge = task.NewJudge();
        foreach (Batch batch in task.Held(Split.Test, 2))
            judge.Add(batch, (_, _) => (double[])[0, 1]); // always plural, as the majority
        Score accuracy = judge.Scores[0];
        Assert.Equal(2 / 3.0, accuracy.Value, 1e-12);
        Assert.Equal(accuracy.Value, accuracy.Baselines![0].Value);
        Assert.Equal(
            [
                new("attractors", "0", 0.5, 2, 0.5),
                new("attractors", "1", 1, 1, 1),
                new("distance", "1", 0.5, 2, 0.5),
                new("distance", "5", 1, 1, 1),
                new("number", "Plur", 1, 2, 1),
                new ScorePart("number", "Sing", 0, 1, 0),
            ],
            accuracy.Breakdown!
        );
    }

    [Fact]
    public void What_is_dropped_is_counted_by_reason()
    {
        TreebankTask task = TreebankTask.Open(
            Bank(
                "a.conllu",
                Plain,
                Attracted,
                Copula,
                Sentence("sleeps VERB VS 0 root", "she PRON S 1 nsubj"),
                Sentence("who PRON _ 2 nsubj", "sleeps VERB VS 0 root"),
                Sentence("John PROPN S 4 nsubj", "and CCONJ _ 3 cc", "Mary PROPN S 1 conj", "sleep VERB VP 0 root"),
                Sentence("police NOUN S 2 nsubj", "sleep VERB VP 0 root"),
                Sentence("they PRON P 2 nsubj", "slept VERB _ 0 root")
            ),
            new()
        );
        Assert.Contains("7 verbs are indicative, present, third person and have a number; 3 of them are kept.", task.Facts);
        Assert.Contains(
            "Dropped: 1 with no subject before them, 1 whose subject carries no number, 1 that disagree with a coordinated subject, 1 that disagree otherwise (collectives, quantities, annotation).",
            task.Facts
        );
        Assert.Equal([1L, 1, 1], task.Description.Splits.Select(split => split.Count));
    }

    [Fact]
    public void Multi_word_tokens_and_empty_nodes_are_no_words()
    {
        string noted = Plain
            .Replace("1\tThe", "1-2\tThecat\t_\t_\t_\t_\t_\t_\t_\t_\n1\tThe", StringComparison.Ordinal)
            .Replace("3\tsleeps", "2.1\tnull\t_\t_\t_\t_\t_\t_\t3:dep\t_\n3\tsleeps", StringComparison.Ordinal);
        string with = Bank("with.conllu", noted, noted, noted),
            without = Bank("without.conllu", Plain, Plain, Plain);
        Assert.Contains(
            "3 sentences; 3 multi-word tokens are read as the words they are made of, 3 empty nodes are passed over.",
            DataFile.Open(with).Facts
        );
        Assert.Equal(DataFile.Open(without).Next(new TaskPlace(1), 3).Ids, DataFile.Open(with).Next(new TaskPlace(1), 3).Ids);
    }

    [Fact]
    public void A_byte_order_mark_and_line_ends_of_two_bytes_change_nothing()
    {
        string text = Plain + Attracted + Copula;
        FileTask one = DataFile.Open(Text("one.conllu", text)),
            two = DataFile.Open(Text("two.conllu", "\uFEFF" + text.Replace("\n", "\r\n")));
        Assert.Equal(one.Facts, two.Facts);
        foreach (Split split in Enum.GetValues<Split>())
            Assert.Equal(one.Held(split, 1).Single().Ids, two.Held(split, 1).Single().Ids);
    }

    [Theory]
    [InlineData("3\tsleeps", "3\tsleeps\tx", "line 4: the line has 11 columns between tabs; expected 10 (CoNLL-U).")]
    [InlineData("\t_\t_\n2", "\t_\n2", "line 2: the line has 9 columns between tabs; expected 10 (CoNLL-U).")]
    [InlineData("\t2\tdet", "\t9\tdet", "line 2: the head 9; expected 0 to 3, the words of the sentence.")]
    [InlineData("\t2\tdet", "\t-1\tdet", "line 2: the head \"-1\"; expected the number of a word, or 0 for the root.")]
    [InlineData(
        "\t0\troot",
        "\t1\troot",
        "line 2: the heads from word 1 lead in a circle back to it; expected heads that lead to the root, 0."
    )]
    [InlineData(
        "\t2\tdet",
        "\t1\tdet",
        "line 2: the heads from word 1 lead in a circle back to it; expected heads that lead to the root, 0."
    )]
    [InlineData("3\tsleeps", "4\tsleeps", "line 4: the id \"4\"; expected 3, the next in the sentence.")]
    [InlineData("3\tsleeps", "3-x\tsleeps", "line 4: the id \"3-x\"; expected a number, a range as 3-4, or an empty node as 5.1.")]
    [InlineData(
        "VerbForm",
        "Poss",
        "1 sentences have a present-tense verb that agrees with its subject; expected 3 or more, so that every part gets one (are Tense, Mood, Person and Number annotated?)."
    )]
    public void A_treebank_that_is_none_is_refused(string from, string to, string sentence) =>
        Assert.Equal($"bad.conllu: {sentence}", Refusal(Text("bad.conllu", Plain.Replace(from, to, StringComparison.Ordinal))));

    [Fact]
    public void Public_treebanks_keep_most_verbs_that_have_a_subject()
    {
        FileTask english = DataFile.Open(
            PublicData.Find("treebank/en_ewt-ud-dev.conllu"),
            new() { TestFile = PublicData.Find("treebank/en_ewt-ud-test.conllu") }
        );
        Assert.Contains(english.Facts, fact => fact.StartsWith("4078 sentences", StringComparison.Ordinal));
        FileTask french = DataFile.Open(PublicData.Find("treebank/fr_sequoia-ud-train.conllu"));
        Assert.Contains(french.Facts, fact => fact.StartsWith("2231 sentences", StringComparison.Ordinal));
        Assert.All(french.Held(Split.Test, 16), batch => Assert.Contains(((ClassTargets)batch.Targets).Classes, number => number >= 0));
    }
}
