using Farback.Sequences;

namespace Farback.Tests.Sequences;

public sealed class AgreementTaskTests
{
    public static TheoryData<string> Knobs => AgreementKnobs.All;

    [Theory]
    [MemberData(nameof(Knobs))]
    public void The_verb_is_the_only_word_whose_gloss_needs_another_word(string knobs)
    {
        AgreementTask task = AgreementKnobs.Task(knobs);
        Dictionary<int, int> glossOf = [];
        HashSet<int> verbs = [];
        foreach (AgreementSentence sentence in AgreementKnobs.Everything(task))
            for (int word = 0; word < sentence.Words; word++)
            {
                int input = sentence.Inputs[word];
                int target = sentence.Targets[word + sentence.WordLag];
                if (word + sentence.WordLag == sentence.Verb)
                {
                    Assert.Equal("be", task.Vocabulary.InputWords[input]);
                    verbs.Add(target);
                    continue;
                }
                Assert.NotEqual("be", task.Vocabulary.InputWords[input]);
                Assert.Equal(target, task.Vocabulary.GlossOf(input));
                if (!glossOf.TryAdd(input, target))
                    Assert.Equal(glossOf[input], target);
            }
        Assert.Equal(2, verbs.Count);
        Assert.Equal(-1, task.Vocabulary.GlossOf(task.Vocabulary.Be));
    }

    [Theory]
    [MemberData(nameof(Knobs))]
    public void The_verb_agrees_with_the_subject_and_with_nothing_else(string knobs)
    {
        AgreementTask task = AgreementKnobs.Task(knobs);
        foreach (AgreementSentence sentence in AgreementKnobs.Everything(task))
        {
            string subject = sentence.Text.Split(' ')[sentence.Cue];
            Assert.Equal(sentence.IsPlural, Plurals.Contains(subject));
            Assert.Equal(sentence.IsPlural ? "étaient" : "était", task.Vocabulary.OutputWords[sentence.Targets[sentence.Verb]]);
        }
    }

    [Theory]
    [MemberData(nameof(Knobs))]
    public void The_pair_differs_in_the_subject_in_its_gloss_and_in_the_verbs_target_only(string knobs)
    {
        AgreementTask task = AgreementKnobs.Task(knobs);
        foreach (AgreementSentence one in AgreementKnobs.Everything(task))
        {
            AgreementSentence other = AgreementTask.Pair(one);
            Assert.Equal([one.Cue], Differences(one.Inputs, other.Inputs));
            Assert.Equal([one.Cue + one.WordLag, one.Verb], Differences(one.Targets, other.Targets));
            Assert.NotEqual(one.IsPlural, other.IsPlural);
            Assert.Equal((one.Cue, one.Verb), (other.Cue, other.Verb));
            Assert.Equal(task.Options.PrepositionalPhrases, one.Attractors + other.Attractors);
            Assert.Equal(one.Text, AgreementTask.Pair(other).Text);
        }
    }

    [Theory]
    [MemberData(nameof(Knobs))]
    public void Attractors_never_change_the_target(string knobs)
    {
        AgreementTask task = AgreementKnobs.Task(knobs);
        foreach (AgreementSentence one in AgreementKnobs.Everything(task))
        {
            // Every noun between subject and verb in its other number: the attractors become the others, the verb stays.
            string[] words = one.Text.Split(' ');
            int nouns = 0;
            for (int place = one.Cue + 1; place < one.Words; place++)
            {
                int id = task.Vocabulary.InputId(words[place]);
                if (!task.Vocabulary.IsNoun(id))
                    continue;
                words[place] = task.Vocabulary.InputWords[task.Vocabulary.OtherNumber(id)];
                nouns++;
            }
            AgreementSentence other = task.Read(string.Join(' ', words));
            Assert.Equal(task.Options.PrepositionalPhrases, nouns);
            Assert.Equal(nouns - one.Attractors, other.Attractors);
            Assert.Equal(one.Targets[one.Verb], other.Targets[other.Verb]);
        }
    }

    [Theory]
    [MemberData(nameof(Knobs))]
    public void No_test_sentence_shares_its_words_before_the_verb_with_training_whatever_the_numbers(string knobs)
    {
        AgreementTask task = AgreementKnobs.Task(knobs);
        HashSet<string> trained = [.. task.Train.Select(sentence => Frame(task, sentence))];
        Assert.DoesNotContain(task.Test, sentence => trained.Contains(Frame(task, sentence)));

        HashSet<string> texts = [.. task.Train.Select(sentence => sentence.Text)];
        Assert.DoesNotContain(task.Test, sentence => texts.Contains(sentence.Text) || texts.Contains(AgreementTask.Pair(sentence).Text));
    }

    [Theory]
    [MemberData(nameof(Knobs))]
    public void No_two_test_sentences_are_alike(string knobs)
    {
        AgreementTask task = AgreementKnobs.Task(knobs);
        Assert.Equal(task.Options.TestSentences, task.Test.Select(sentence => sentence.Text).Distinct().Count());
        Assert.Equal(task.DistinctTrain, task.Train.Select(sentence => sentence.Text).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Knobs))]
    public void Half_of_the_subjects_are_in_the_plural_at_every_lag(string knobs)
    {
        AgreementTask task = AgreementKnobs.Task(knobs);
        foreach (var list in (IReadOnlyList<AgreementSentence>[])[task.Train, task.Test])
        {
            Assert.InRange(2 * list.Count(sentence => sentence.IsPlural) - list.Count, -1, 1);
            var lags = list.GroupBy(sentence => sentence.Lag).ToList();
            Assert.Equal(task.Options.Fillers - (task.Options.FewestFillers ?? task.Options.Fillers) + 1, lags.Count);
            foreach (var lag in lags)
            {
                Assert.InRange(2 * lag.Count(s => s.IsPlural) - lag.Count(), -1, 1);
                Assert.InRange(lag.Count() - list.Count / lags.Count, 0, 1);
            }
        }
    }

    [Fact]
    public void In_training_no_word_but_the_subject_and_its_gloss_tells_the_number()
    {
        AgreementTask task = new(
            new()
            {
                PrepositionalPhrases = 2,
                TestAttractors = 2,
                RelativeClauses = 1,
                Sentences = 8000,
            }
        );
        int places = task.Train[0].Words;
        for (int place = 2; place < places; place++)
            foreach (var word in task.Train.GroupBy(sentence => sentence.Inputs[place]))
            {
                // Binomial: 5 standard deviations of a fair coin; the seed is fixed, some 300 words are looked at.
                int count = word.Count();
                double excess = word.Count(sentence => sentence.IsPlural) - count / 2.0;
                Assert.True(
                    Math.Abs(excess) <= 5 * Math.Sqrt(count) / 2,
                    $"{task.Vocabulary.InputWords[word.Key]} at {place}: {excess} of {count}"
                );
            }
    }

    [Fact]
    public void The_attractors_asked_for_stand_in_every_test_sentence_and_all_numbers_of_them_in_training()
    {
        AgreementTask task = AgreementKnobs.Task("chosen attractors");
        Assert.All(task.Test, sentence => Assert.Equal(2, sentence.Attractors));
        Assert.Equal([0, 1, 2, 3], task.Train.Select(sentence => sentence.Attractors).Distinct().Order());
    }

    [Fact]
    public void The_same_seed_gives_the_same_sentences_and_another_seed_others()
    {
        AgreementOptions options = new() { Sentences = 50, TestSentences = 50 };
        static IEnumerable<string> Texts(AgreementOptions options) =>
            AgreementKnobs.Everything(new AgreementTask(options)).Select(s => s.Text);
        Assert.Equal(Texts(options), Texts(options));
        Assert.NotEqual(Texts(options), Texts(options with { Seed = 2 }));
    }

    [Fact]
    public void A_delayed_sentence_is_read_in_silence_and_glossed_at_blanks()
    {
        AgreementTask task = AgreementKnobs.Task("delayed");
        AgreementSentence sentence = task.Read("the cats , being gray , be hungry .");
        string[] inputs = [.. sentence.Inputs.Select(word => task.Vocabulary.InputWords[word])];
        Assert.Equal("the cats , being gray , be hungry . <go> <go> <go> <go> <go> <go> <go> <go> <go>", string.Join(' ', inputs));
        Assert.All(sentence.Targets[..9], word => Assert.Equal(ClassTargets.Ignored, word));
        Assert.Equal("le(s) chats , étant gris , étaient affamé .", sentence.Gloss);
        Assert.Equal((1, 15, 14, 9), (sentence.Cue, sentence.Verb, sentence.Lag, sentence.WordLag));
    }

    [Fact]
    public void Words_and_their_numbers_go_both_ways_and_do_not_depend_on_the_lag()
    {
        AgreementVocabulary words = new AgreementTask(new()).Vocabulary;
        AgreementVocabulary others = AgreementKnobs.Task("everything").Vocabulary;
        Assert.Equal(words.InputWords, others.InputWords);
        Assert.Equal(words.OutputWords, others.OutputWords);
        for (int id = 0; id < words.InputWords.Count; id++)
            Assert.Equal(id, words.InputId(words.InputWords[id]));
        for (int id = 0; id < words.OutputWords.Count; id++)
            Assert.Equal(id, words.OutputId(words.OutputWords[id]));
        Assert.Equal(9 + 4 + 24 + 48, words.InputWords.Count);
        Assert.Equal(2 + 7 + 4 + 24 + 48, words.OutputWords.Count);
    }

    [Fact]
    public void The_whole_lexicon_has_no_word_twice_in_either_language()
    {
        AgreementVocabulary words = new AgreementTask(new() { Nouns = 32, Adjectives = 32 }).Vocabulary;
        Assert.Distinct(words.InputWords);
        Assert.Distinct(words.OutputWords);
    }

    private static string Singular(AgreementTask task, int word) =>
        task.Vocabulary.InputWords[task.Vocabulary.IsPlural(word) ? task.Vocabulary.OtherNumber(word) : word];

    // Every noun in the singular, up to the verb; a bare sentence with its predicate too.
    private static string Frame(AgreementTask task, AgreementSentence sentence)
    {
        int verb = sentence.Verb - sentence.WordLag;
        int end = verb == 2 ? sentence.Words : verb;
        return string.Join(' ', sentence.Inputs[..end].Select(word => Singular(task, word)));
    }

    private static int[] Differences(int[] one, int[] other)
    {
        Assert.Equal(one.Length, other.Length);
        return [.. Enumerable.Range(0, one.Length).Where(place => one[place] != other[place])];
    }

    // Written out here, so that a slip in the vocabulary's numbering shows.
    private static readonly HashSet<string> Plurals =
    [
        .. (
            "cats dogs horses rabbits wolves foxes lions tigers monkeys pigs ducks roosters snakes owls crows swans pigeons camels "
            + "bulls calves rams hedgehogs badgers butterflies boys kings bakers neighbors gardeners soldiers beavers herons"
        ).Split(' '),
    ];
}
