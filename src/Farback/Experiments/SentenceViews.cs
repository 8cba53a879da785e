using Farback.Gradients;
using Farback.Networks;
using Farback.Reports;
using Farback.Sequences;

namespace Farback.Experiments;

/// <summary>The cat's sentence at one length, with its maps before and after training.</summary>
internal static class SentenceViews
{
    // fixed decades, never rescaled between lengths, networks or before and after
    private static readonly ScaleRange Left = new(-6, 0);
    private static readonly ScaleRange Size = new(-9, 0);
    private static readonly ScaleRange Signed = new(-1, 1);

    /// <summary>One length.</summary>
    /// <param name="run">Which network.</param>
    /// <param name="task">The task, for its words.</param>
    /// <param name="pairs">How many adjectives stand between.</param>
    /// <param name="full">Whether blocks and gates are shown one by one.</param>
    public static SentenceView Of(AgreementTrialResult run, AgreementTask task, int pairs, bool full)
    {
        AgreementSentence sentence = task.Read(Text(task.Vocabulary, pairs));
        IReadOnlyList<string> inputs = [.. sentence.Inputs.Select(word => task.Vocabulary.InputWords[word])];
        IReadOnlyList<string> targets = [.. sentence.Targets.Select(word => task.Vocabulary.OutputWords[word])];
        (MapView before, _) = View(run.Network, run.Initial, sentence, inputs, targets, full);
        (MapView after, Trace<double> trace) = View(run.Network, run.Trained, sentence, inputs, targets, full);
        return new SentenceView
        {
            Lag = sentence.Lag,
            Inputs = inputs,
            Targets = targets,
            Cue = sentence.Cue,
            Verb = sentence.Verb,
            Choices = Choices(trace, task.Vocabulary, sentence),
            Before = before,
            After = after,
        };
    }

    // the predicate's own adjective is not said twice while there are others
    private static string Text(AgreementVocabulary vocabulary, int pairs)
    {
        string[] known = [.. vocabulary.AdjectiveWords.Where(word => word != "hungry")];
        IEnumerable<string> said = Enumerable.Range(0, pairs).Select(i => known[i % known.Length]);
        return $"the cat {(pairs > 0 ? $", being {string.Join(" and ", said)} , " : "")}be hungry .";
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

    private static (MapView View, Trace<double> Trace) View(
        Network network,
        Parameters<double> parameters,
        AgreementSentence sentence,
        IReadOnlyList<string> inputs,
        IReadOnlyList<string> targets,
        bool full
    )
    {
        Trace<double> trace = new Model<double>(network, parameters).Forward(AgreementTask.BatchOf([sentence]));
        GradientMap map = GradientMap.Of(trace, LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Mean));
        List<MapQuantity> quantities = [Arrives(map)];
        foreach (MapSeries series in map.Series)
            if (full || series == map.All)
                quantities.Add(Norm(map, series));
        quantities.Add(Share(map));
        IReadOnlyList<string> rows = [.. inputs.Select((word, t) => t == sentence.Verb ? "was" : word)];
        return (new(rows, rows, quantities), trace);
    }

    // ‖λ[t,k]‖/‖λ[t,t]‖
    private static MapQuantity Arrives(GradientMap map)
    {
        double?[] values = new double?[map.Times * map.Times];
        CellClass[] classes = new CellClass[values.Length];
        for (int t = 0; t < map.Times; t++)
        {
            for (int k = 0; k < map.Times; k++)
            {
                int at = t * map.Times + k,
                    entry = map.Entry(t, k);
                double left = map.Sites[0].AdjointAt(entry, 0) - map.Sites[0].AdjointAt(map.Entry(t, t), 0);
                bool walked = map.All.Class[entry] is not (CellClass.NoPath or CellClass.NotALoss or CellClass.CutByTruncation);
                classes[at] =
                    !walked ? map.All.Class[entry]
                    : double.IsFinite(left) ? CellClass.Value
                    : double.IsNegativeInfinity(left) ? CellClass.ExactZero
                    : CellClass.NaN;
                values[at] = classes[at] == CellClass.Value ? left * Math.Log10(2) : null;
            }
        }
        return new()
        {
            Name = "How much of the error arrives",
            Meaning =
                "Each row is the error at one word; going left it walks back to earlier words. The colour is how much of it is left there.",
            Sentence = "Of the error at “{row}”, {value} is left when it has gone back {lag} to “{column}”.",
            Scale = MapScale.Log,
            Range = Left,
            Values = values,
            Classes = classes,
        };
    }

    private static MapQuantity Norm(GradientMap map, MapSeries series)
    {
        string what = series == map.All ? "all weights" : BlockNames.Of(series);
        double?[] values = new double?[map.Times * map.Times];
        CellClass[] classes = new CellClass[values.Length];
        for (int t = 0; t < map.Times; t++)
        {
            for (int k = 0; k < map.Times; k++)
            {
                int entry = map.Entry(t, k);
                classes[t * map.Times + k] = series.Class[entry];
                values[t * map.Times + k] = series.Class[entry] == CellClass.Value ? series.Log2Norm[entry] * Math.Log10(2) : null;
            }
        }
        return new()
        {
            Name = $"Size of the gradient, {what}",
            Meaning =
                $"‖G[t,k]‖ of {what}: how strongly the loss at the row's word pulls at the use of the weights at the column's word. Sizes do not add.",
            Sentence = "The loss at “{row}” pulls with {value} at the weights' use at “{column}”, {lag} back.",
            Scale = MapScale.Log,
            Range = Size,
            Values = values,
            Classes = classes,
        };
    }

    private static MapQuantity Share(GradientMap map)
    {
        double?[] values = new double?[map.Times * map.Times];
        CellClass[] classes = new CellClass[values.Length];
        for (int t = 0; t < map.Times; t++)
        {
            for (int k = 0; k < map.Times; k++)
            {
                int entry = map.Entry(t, k);
                classes[t * map.Times + k] = map.All.Class[entry];
                values[t * map.Times + k] =
                    map.All.Class[entry] == CellClass.Value && double.IsFinite(map.All.Share[entry]) ? map.All.Share[entry] : null;
            }
        }
        return new()
        {
            Name = "Share of the update, signed",
            Meaning =
                "What each entry contributes to this sentence's update of all weights. Shares add, and make 1 together; some push the other way.",
            Sentence = "The loss at “{row}”, through the weights' use at “{column}” {lag} back, contributes {value} of the update.",
            Scale = MapScale.Signed,
            Range = Signed,
            Values = values,
            Classes = classes,
        };
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
