using Farback.Diagnosis;
using Farback.Gradients;

namespace Farback.Reports;

/// <summary>The answer to "how far back does it learn?", as data: the only thing that the terminal, the page, Markdown and JSON render.</summary>
public sealed record Report
{
    /// <summary>The version of this format; a reader refuses a newer one.</summary>
    public const int CurrentVersion = 1;

    /// <summary>The version this report was written in.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <summary>The question in the reader's own words: Can "was" still teach "cat"?</summary>
    public required string Question { get; init; }

    /// <summary>The answer in one sentence, made from the numbers.</summary>
    public required string Answer { get; init; }

    /// <summary>What the maps are of and what the answer rests on, where that differs; null where it does not.</summary>
    public string? Scope { get; init; }

    /// <summary>Each network's part, in the order in which they are shown.</summary>
    public required IReadOnlyList<NetworkReport> Networks { get; init; }

    /// <summary>The four-word sentence that shows that gradients are added; null where the input is not words.</summary>
    public required SumTable? Sum { get; init; }

    /// <summary>Where the numbers come from.</summary>
    public required Provenance Provenance { get; init; }
}

/// <summary>Where a report's numbers come from, so that anybody can make them again.</summary>
/// <param name="Program">Name and version.</param>
/// <param name="Command">The command that made the report.</param>
/// <param name="Precision">float64 or float32, and the width of the registers.</param>
/// <param name="Reduction">How the losses make J, in words.</param>
/// <param name="Seeds">The seeds of the runs.</param>
/// <param name="Facts">What else a careful reader wants to know, one sentence each.</param>
public sealed record Provenance(
    string Program,
    string Command,
    string Precision,
    string Reduction,
    IReadOnlyList<long> Seeds,
    IReadOnlyList<string> Facts
);

/// <summary>One network: what it does, how far back its gradient reaches, and the pictures.</summary>
public sealed record NetworkReport
{
    /// <summary>What people call it: Elman, LSTM.</summary>
    public required string Name { get; init; }

    /// <summary>Gradient and behaviour, paired.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>Three cards: the verdict; the half-life; the lag needed and the lag reached.</summary>
    public required IReadOnlyList<Card> Cards { get; init; }

    /// <summary>The same sentence at several lengths, the shortest first.</summary>
    public required IReadOnlyList<SentenceView> Sentences { get; init; }

    /// <summary>Which of <see cref="Sentences"/> is shown first: the needed lag.</summary>
    public required int ShownFirst { get; init; }

    /// <summary>The lag profile before training.</summary>
    public required LagProfile ProfileBefore { get; init; }

    /// <summary>The lag profile after training.</summary>
    public required LagProfile ProfileAfter { get; init; }

    /// <summary>The upper bound (σ_max(W_h))^ℓ, log₁₀ per step of lag, where the cell has one; else null.</summary>
    public required double? Log10BoundPerStep { get; init; }

    /// <summary>Where the update comes from, by lag: before training.</summary>
    public required IReadOnlyList<LagShare> SharesBefore { get; init; }

    /// <summary>Where the update comes from, by lag: after training.</summary>
    public required IReadOnlyList<LagShare> SharesAfter { get; init; }

    /// <summary>One entry as a chain, from the verb back to its subject, after training; null where it was not made.</summary>
    public ChainView? Chain { get; init; }

    /// <summary>What a step keeps, before training; null where it was not made.</summary>
    public NetworkSpectrum? SpectrumBefore { get; init; }

    /// <summary>What a step keeps, after training; null where it was not made.</summary>
    public NetworkSpectrum? SpectrumAfter { get; init; }

    /// <summary>Role one against role two, per block, after training.</summary>
    public required IReadOnlyList<Roles> Roles { get; init; }

    /// <summary>Accuracy by the lag that the prediction needs, over all runs.</summary>
    public required IReadOnlyList<AccuracyAtLag> Accuracy { get; init; }

    /// <summary>Every run, also the failed ones.</summary>
    public required IReadOnlyList<RunResult> Runs { get; init; }

    /// <summary>Residual, cancellation and the rest, each with its meaning.</summary>
    public required IReadOnlyList<Figure> Details { get; init; }
}

/// <summary>A card on the first screen.</summary>
/// <param name="Title">What it is about.</param>
/// <param name="Value">A word and a number.</param>
/// <param name="Sentence">What it means, in one sentence.</param>
public sealed record Card(string Title, string Value, string Sentence);

/// <summary>A number with its name and its meaning in one line.</summary>
public sealed record Figure(string Name, string Value, string Meaning);

/// <summary>How often the network is right where the prediction needs that lag.</summary>
/// <param name="Lag">The distance to the word it depends on; 0 where the current word is enough.</param>
/// <param name="Name">What is predicted there, in words.</param>
/// <param name="PerRun">The fraction right, one number a run.</param>
/// <param name="Count">How many predictions each number rests on.</param>
public sealed record AccuracyAtLag(int Lag, string Name, IReadOnlyList<double> PerRun, int Count);

/// <summary>One training run.</summary>
/// <param name="Seed">Its seed.</param>
/// <param name="VerbAccuracy">The fraction of verbs right on the test sentences of the needed lag.</param>
/// <param name="WordAccuracy">The fraction right of words that need no context.</param>
/// <param name="Steps">Training steps taken.</param>
/// <param name="LearnedAt">The first evaluation at which verb accuracy was 99 % or more; null where it never was.</param>
/// <param name="Loss">The mean loss per word at the end.</param>
/// <param name="HorizonBefore">The horizon at ε = 0.01 before training, in words.</param>
/// <param name="HorizonAfter">The same after training.</param>
public sealed record RunResult(
    long Seed,
    double VerbAccuracy,
    double WordAccuracy,
    int Steps,
    int? LearnedAt,
    double Loss,
    Horizon HorizonBefore,
    Horizon HorizonAfter
);

/// <summary>One sentence with its map.</summary>
public sealed record SentenceView
{
    /// <summary>The lag from the verb back to its subject.</summary>
    public required int Lag { get; init; }

    /// <summary>The words the network reads.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>The words it should say.</summary>
    public required IReadOnlyList<string> Targets { get; init; }

    /// <summary>The position of the subject.</summary>
    public required int Cue { get; init; }

    /// <summary>The position of the verb.</summary>
    public required int Verb { get; init; }

    /// <summary>What the network could say at the verb, the right word first, with its probabilities: after training.</summary>
    public required IReadOnlyList<WordProbability> Choices { get; init; }

    /// <summary>The map before training.</summary>
    public required MapView Before { get; init; }

    /// <summary>The map after training.</summary>
    public required MapView After { get; init; }
}

/// <summary>A word with the probability that the network gives it.</summary>
public sealed record WordProbability(string Word, double Probability);

/// <summary>A map with labelled axes and one or more quantities to choose from.</summary>
/// <param name="Rows">Labels of the loss times t.</param>
/// <param name="Columns">Labels of the use times k.</param>
/// <param name="Quantities">What can be shown, the first by default.</param>
public sealed record MapView(IReadOnlyList<string> Rows, IReadOnlyList<string> Columns, IReadOnlyList<MapQuantity> Quantities);

/// <summary>How a quantity is coloured.</summary>
public enum MapScale
{
    /// <summary>log₁₀ of a size, over fixed decades.</summary>
    Log,

    /// <summary>A signed share, symmetric about zero.</summary>
    Signed,
}

/// <summary>The fixed ends of a colour scale: log₁₀ of a size, or a signed share.</summary>
public sealed record ScaleRange(double Low, double High);

/// <summary>One quantity of a map.</summary>
public sealed record MapQuantity
{
    /// <summary>Its name in the list to choose from.</summary>
    public required string Name { get; init; }

    /// <summary>What it is, in one sentence.</summary>
    public required string Meaning { get; init; }

    /// <summary>A sentence about one entry, with {row}, {column}, {lag} and {value} to be filled in.</summary>
    public required string Sentence { get; init; }

    /// <summary>How it is coloured.</summary>
    public required MapScale Scale { get; init; }

    /// <summary>The colour scale's fixed ends; the same for every map of a report.</summary>
    public required ScaleRange Range { get; init; }

    /// <summary>[row][column]: log₁₀ of the size, or the signed share; null where the entry is not a value.</summary>
    public required IReadOnlyList<double?> Values { get; init; }

    /// <summary>[row][column]: what kind of entry it is.</summary>
    public required IReadOnlyList<CellClass> Classes { get; init; }
}

/// <summary>One weight's gradient, entry by entry: rows are losses, columns are uses; everything adds.</summary>
public sealed record SumTable
{
    /// <summary>Which network.</summary>
    public required string Network { get; init; }

    /// <summary>Which weight w it is, in words.</summary>
    public required string Weight { get; init; }

    /// <summary>The words, one a step.</summary>
    public required IReadOnlyList<string> Words { get; init; }

    /// <summary>G[t,k] = ∂L_t/∂w^(k), [t][k]; null where k &gt; t, which no path reaches.</summary>
    public required IReadOnlyList<double?> Entries { get; init; }

    /// <summary>Σ_k G[t,k] = dL_t/dw.</summary>
    public required IReadOnlyList<double> RowTotals { get; init; }

    /// <summary>Σ_t G[t,k] = dw_k.</summary>
    public required IReadOnlyList<double> ColumnTotals { get; init; }

    /// <summary>ΣΣ G.</summary>
    public required double Total { get; init; }

    /// <summary>The gradient that ordinary backpropagation through time gives for w.</summary>
    public required double OrdinaryGradient { get; init; }

    /// <summary>w before the update.</summary>
    public required double Before { get; init; }

    /// <summary>α.</summary>
    public required double LearningRate { get; init; }

    /// <summary>w − α·ΣΣ G.</summary>
    public required double After { get; init; }

    /// <summary>The one line that says what is added and what is multiplied.</summary>
    public required string Line { get; init; }
}
