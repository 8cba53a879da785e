using Farback.Gradients;
using Farback.Networks;
using Farback.Reports;
using Farback.Sequences;

namespace Farback.Experiments;

/// <summary>The cat's sentence at one length, with its maps before and after training.</summary>
internal static class SentenceViews
{
    /// <summary>One length.</summary>
    /// <param name="run">Which network.</param>
    /// <param name="task">The task, for its words.</param>
    /// <param name="pairs">How many adjectives stand between.</param>
    /// <param name="full">Whether blocks and gates are shown one by one.</param>
    public static SentenceView Of(AgreementTrialResult run, AgreementTask task, int pairs, bool full)
    {
        AgreementSentence sentence = task.Read(SentenceMap.Text(task.Vocabulary, pairs));
        SentenceMap before = SentenceMap.Of(run.Network, run.Initial, sentence, task.Vocabulary),
            after = SentenceMap.Of(run.Network, run.Trained, sentence, task.Vocabulary);
        return new SentenceView
        {
            Lag = sentence.Lag,
            Inputs = [.. sentence.Inputs.Select(word => task.Vocabulary.InputWords[word])],
            Targets = [.. sentence.Targets.Select(word => task.Vocabulary.OutputWords[word])],
            Cue = sentence.Cue,
            Verb = sentence.Verb,
            Choices = Choices(after.Trace, task.Vocabulary, sentence),
            Before = new(before.Words, before.Words, before.Quantities(full)),
            After = new(after.Words, after.Words, after.Quantities(full)),
        };
    }

    private static List<WordProbability> Choices(Trace<double> trace, AgreementVocabulary vocabulary, AgreementSentence sentence)
    {
        double[] logits = trace.ReadOut(sentence.Verb, 0).ToArray();
        double largest = logits.Max(),
            sum = logits.Sum(logit => Math.Exp(logit - largest));
        WordProbability Of(int word, string english) =>
            new($"{vocabulary.OutputWords[word]} ({english})", Math.Exp(logits[word] - largest) / sum);
        WordProbability one = Of(vocabulary.VerbOfOne, "was"),
            many = Of(vocabulary.VerbOfMany, "were");
        return sentence.IsPlural ? [many, one] : [one, many];
    }
}

/// <summary>Blocks of weights as people name them.</summary>
internal static class BlockNames
{
    /// <summary>W_h, gate f; embedding; read-out.</summary>
    public static string Of(MapSeries series)
    {
        string name = series.Block?.Kind switch
        {
            BlockKind.Embedding => "the embedding",
            BlockKind.InputWeights => "W_x",
            BlockKind.RecurrentWeights => "W_h",
            BlockKind.InputBias => "the bias beside W_x",
            BlockKind.RecurrentBias => "the bias beside W_h",
            BlockKind.Unit => "the units' own weights",
            BlockKind.InitialState => "the initial state",
            BlockKind.ReadOutWeights => "W_y",
            BlockKind.ReadOutBias => "the read-out's bias",
            _ => "all weights",
        };
        return series.Gate is null ? name : $"{name}, gate {series.Gate}";
    }
}
