using Farback.Diagnosis;
using Farback.Gradients;
using Farback.Reports;

namespace Farback.Ui.Tests;

/// <content>Its sentences, with their maps and the table of sums.</content>
internal static partial class SampleReport
{
    private static SentenceView Sentence(int lag, double after, double before)
    {
        var inputs = Words(lag);
        // Every word says itself, the verb what its subject asks for.
        var targets = inputs.Select(word => word == "be" ? "was" : word).ToArray();
        var right = Math.Clamp(
            0.5 + (0.498 * Math.Pow(10, after * lag * 0.12)) - (after < -0.1 ? 0.035 * Math.Min(lag, 13) : 0),
            0.51,
            0.998
        );
        return new SentenceView
        {
            Lag = lag,
            Inputs = inputs,
            Targets = targets,
            Cue = 1,
            Verb = lag + 1,
            Choices = [new WordProbability("was", right), new WordProbability("were", 1 - right)],
            Before = Map(inputs, targets, before),
            After = Map(inputs, targets, after),
        };
    }

    private static string[] Words(int lag)
    {
        string[] filler = ["and", "happy", "and", "hungry", "and", "quiet", "and", "small", "and", "old"];
        return ["the", "cat", .. Enumerable.Range(0, lag - 2).Select(i => filler[i % filler.Length]), ",", "be", "hungry", "."];
    }

    private static MapView Map(string[] inputs, string[] targets, double slope)
    {
        var n = inputs.Length;
        var sizes = new double?[n * n];
        var shares = new double?[n * n];
        var classes = new CellClass[n * n];
        for (var t = 0; t < n; t++)
        {
            for (var k = 0; k < n; k++)
            {
                var at = (t * n) + k;
                classes[at] =
                    k > t ? CellClass.NoPath
                    : k == 0 && t % 2 == 0 ? CellClass.ExactZero
                    : t == n - 1 && k == 2 ? CellClass.NaN
                    : t == n - 1 && k == 3 ? CellClass.BelowRange
                    : CellClass.Value;
                if (classes[at] == CellClass.Value)
                {
                    var wobble = 0.05 * Math.Sin((0.37 * t) + (0.29 * k)) * (t - k > 0 ? Math.Sqrt(t - k) - 1.2 : 0);
                    sizes[at] = (slope * (t - k)) + (t == 3 && k == 1 ? 0.4 : wobble);
                    shares[at] = Math.Pow(10, sizes[at]!.Value) / n * ((t + k) % 5 == 2 ? -0.4 : 1);
                }
            }
        }

        return new MapView(
            targets,
            inputs,
            [
                new MapQuantity
                {
                    Name = "How much of the error is left",
                    Meaning = "How much of the error at one word is left when it reaches an earlier word, as a part of what it began with.",
                    Sentence = "Of the error at “{row}”, {value} is left at “{column}”, {lag} words back.",
                    Scale = MapScale.Log,
                    Range = new ScaleRange(-6, 0),
                    Values = sizes,
                    Classes = classes,
                },
                new MapQuantity
                {
                    Name = "Share of the update",
                    Meaning = "The signed share of the whole update that this pair of words asks for; all shares make 1.",
                    Sentence = "The error at “{row}” through “{column}” makes {value} of the update.",
                    Scale = MapScale.Signed,
                    Range = new ScaleRange(-1, 1),
                    Values = shares,
                    Classes = classes,
                },
            ]
        );
    }

    private static SumTable Sum()
    {
        double?[] entries =
        [
            0.08123,
            null,
            null,
            null,
            -0.01347,
            0.05218,
            null,
            null,
            0.00214,
            -0.00921,
            0.06077,
            null,
            -0.00037,
            0.00153,
            -0.01106,
            0.04492,
        ];
        var rows = Enumerable.Range(0, 4).Select(t => entries.Skip(4 * t).Take(4).Sum(e => e ?? 0)).ToArray();
        var columns = Enumerable.Range(0, 4).Select(k => Enumerable.Range(0, 4).Sum(t => entries[(4 * t) + k] ?? 0)).ToArray();
        var total = rows.Sum();
        return new SumTable
        {
            Network = "Elman",
            Weight = "the weight from unit 3 to unit 5",
            Words = ["the", "cat", "was", "here"],
            Entries = entries,
            RowTotals = rows,
            ColumnTotals = columns,
            Total = total,
            OrdinaryGradient = total,
            Before = 0.21734,
            LearningRate = 0.001,
            After = 0.21734 - (0.001 * total),
            Line = "The entries of the table are added; only inside one entry are the steps from one word to the next multiplied.",
        };
    }
}
