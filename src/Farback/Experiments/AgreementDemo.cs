using Farback.Cells;
using Farback.Gradients;
using Farback.Networks;
using Farback.Reports;
using Farback.Sequences;

namespace Farback.Experiments;

/// <summary>One network of the demonstration.</summary>
/// <param name="Name">What people call it.</param>
/// <param name="Cell">Its cell.</param>
/// <param name="Initial">Where its parameters start.</param>
public sealed record DemoNetwork(string Name, Cell Cell, Initial Initial);

/// <summary>How far the demonstration is.</summary>
/// <param name="Fraction">Of all training steps.</param>
/// <param name="Message">What is happening, for people.</param>
public readonly record struct DemoProgress(double Fraction, string Message);

/// <summary>Can "was" still teach "cat"? Trains two networks on the same sentences with the same settings, several seeds each, and reports.</summary>
/// <remarks>
///   The preset is one at which both outcomes are clear; docs/results.md has the lags, rates and seeds around it. Every run gets the same
///   training steps and stops early only when it has learned.
/// </remarks>
public sealed record AgreementDemo
{
    /// <summary>The networks, the one that fails first.</summary>
    public IReadOnlyList<DemoNetwork> Networks { get; init; } =
    [new("Elman", AllCells.Elman, Initial.Default), new("LSTM", AllCells.Lstm, Initial.Parse("forget=1"))];

    /// <summary>The lag from the verb back to its subject.</summary>
    public int Lag { get; init; } = 21;

    /// <summary>The seeds of each network.</summary>
    public IReadOnlyList<long> Seeds { get; init; } = [1, 2, 3];

    /// <summary>Training steps at most.</summary>
    public int Iterations { get; init; } = 2000;

    /// <summary>Training steps between two looks at the watched sentences.</summary>
    public int LookEvery { get; init; } = 100;

    /// <summary>Adam's rate.</summary>
    public double Rate { get; init; } = 0.02;

    /// <summary>Units.</summary>
    public int Hidden { get; init; } = 32;

    /// <summary>The sentences: every length from none to the needed lag's adjectives, mixed, as people speak.</summary>
    public AgreementOptions Task
    {
        get
        {
            int fillers = new AgreementOptions().FillersForLag(Lag);
            return new()
            {
                Fillers = fillers,
                FewestFillers = 0,
                TestSentences = Math.Min(1280, 512 * (fillers + 1)), // of the shortest length only 576 exist
            };
        }
    }

    /// <summary>Trains all runs, as many at once as there are processors, and makes the report.</summary>
    /// <param name="command">The command to print in the report.</param>
    /// <param name="progress">Told of every look; from several threads, one at a time.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="ArgumentException">Too few sentences of the needed lag are left to measure a horizon on.</exception>
    public Report Run(string command, Action<DemoProgress>? progress = null, CancellationToken cancel = default)
    {
        var task = new AgreementTask(Task);
        int measured = AgreementReport.SentencesOf(task, Lag).Count;
        if (measured * Seeds.Count < Profiles.FewestContributions)
            throw new ArgumentException(
                $"demo: {measured} test sentences of lag {Lag} × {Seeds.Count} seeds are too few to measure a horizon, expected {Profiles.FewestContributions} or more in all; ask for a shorter lag or more seeds."
            );
        (DemoNetwork Network, long Seed)[] plan = [.. Networks.Reverse().SelectMany(network => Seeds.Select(seed => (network, seed)))];
        var results = new AgreementTrialResult[plan.Length];
        int[] done = new int[plan.Length];
        object turn = new();
        Parallel.For(
            0,
            plan.Length,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancel },
            index =>
            {
                (DemoNetwork network, long seed) = plan[index];
                var spec = new AgreementTrialSpec
                {
                    Cell = network.Cell,
                    Initial = network.Initial,
                    Task = Task,
                    Hidden = Hidden,
                    Rate = Rate,
                    Iterations = Iterations,
                    Seed = seed,
                    LookEvery = LookEvery,
                };
                results[index] = AgreementTrial.Run(
                    spec,
                    task,
                    look =>
                    {
                        lock (turn)
                        {
                            done[index] = look.Iteration;
                            progress?.Invoke(
                                new(
                                    done.Sum(steps => (double)steps) / ((double)Iterations * plan.Length),
                                    $"{network.Name}, seed {seed}: step {look.Iteration}, {NumberText.Percent(look.Verb)} of the verbs right"
                                )
                            );
                        }
                    },
                    cancel
                );
                lock (turn)
                    done[index] = Iterations;
            }
        );
        progress?.Invoke(new(1, "resolving the gradient in time"));
        return new AgreementReport(this, task, plan, results).Make(command);
    }
}
