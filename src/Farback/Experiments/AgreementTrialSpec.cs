using Farback.Cells;
using Farback.Gradients;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Experiments;

/// <summary>One training run on the agreement task, as data: equal specifications give equal results, bit for bit.</summary>
public sealed record AgreementTrialSpec
{
    /// <summary>The cell.</summary>
    public required Cell Cell { get; init; }

    /// <summary>What its parameters start from.</summary>
    public Initial Initial { get; init; } = Initial.Default;

    /// <summary>The task; its seed draws the sentences and has nothing to do with <see cref="Seed"/>.</summary>
    public AgreementOptions Task { get; init; } = new();

    /// <summary>H.</summary>
    public int Hidden { get; init; } = 32;

    /// <summary>The size of a word's learned vector; 0 for one-hot words, whose vectors are the columns of W_x.</summary>
    public int Embedding { get; init; } = 16;

    /// <summary>η of Adam.</summary>
    public double Rate { get; init; } = 1e-3;

    /// <summary>The norm to which longer gradients are cut; null for none.</summary>
    public double? Clip { get; init; } = 1;

    /// <summary>What each lag's part of the gradient counts; null for the gradient as it is.</summary>
    public LagWeights? Lags { get; init; }

    /// <summary>The updates at most.</summary>
    public int Iterations { get; init; } = 3000;

    /// <summary>B, the sentences of an update.</summary>
    public int Lanes { get; init; } = 32;

    /// <summary>The seed of the parameters and of the order of the sentences.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>How many updates lie between two looks at the watched sentences.</summary>
    public int LookEvery { get; init; } = 50;

    /// <summary>The share of verbs from which on the verb counts as learned.</summary>
    public double Learned { get; init; } = 0.99;

    /// <summary>Training ends when so many looks in a row found the verb learned; 0 to go on to the last iteration.</summary>
    public int LooksToStop { get; init; } = 3;
}
