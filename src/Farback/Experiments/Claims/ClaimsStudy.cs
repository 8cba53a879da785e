using System.Globalization;
using Farback.Cells;
using Farback.Gradients;
using Farback.Networks;
using Farback.Numbers;
using Farback.Reports;
using Farback.Sequences;

namespace Farback.Experiments;

/// <summary>Trains the networks that the seven claims are about, seed by seed, measures them, and lets each claim's rule decide.</summary>
/// <remarks>A seed's trainings and measurements depend on nothing but the seed, so that the answer is the same whatever runs beside what.</remarks>
public sealed record ClaimsStudy
{
    /// <summary>How many times too large the spoilt networks' recurrent matrices are: orthogonal, times that.</summary>
    public static IReadOnlyList<int> TooLarge { get; } = [3, 10];

    private const int Lanes = 32;

    /// <summary>The seeds.</summary>
    public IReadOnlyList<long> Seeds { get; init; } = [1, 2, 3, 4, 5];

    /// <summary>The longest lag from verb to subject.</summary>
    public int Lag { get; init; } = 21;

    /// <summary>Updates of a training at most.</summary>
    public int Iterations { get; init; } = 2000;

    /// <summary>Adam's rate.</summary>
    public double Rate { get; init; } = 0.02;

    /// <summary>Units.</summary>
    public int Hidden { get; init; } = 32;

    /// <summary>Seeds that are worked on side by side at most.</summary>
    public int Threads { get; init; } = 2;

    /// <summary>What times the separate passes of claim 3; null to leave that out.</summary>
    public TimeProvider? Clock { get; init; }

    /// <summary>Sentences of every length up to the lag, as in the demonstration.</summary>
    public AgreementOptions Sentences => new AgreementDemo { Lag = Lag }.Task;

    /// <summary>Sentences with one adjective between subject and verb, or none.</summary>
    public static AgreementOptions Short => new() { Fillers = 1, FewestFillers = 0 };

    /// <summary>Short sentences that are glossed after their last word.</summary>
    public static AgreementOptions Delayed =>
        new()
        {
            Fillers = 0,
            Delayed = true,
            TestSentences = 256,
        };

    /// <summary>Trains, measures, and decides.</summary>
    /// <param name="command">The command to print in the report.</param>
    /// <param name="progress">Told of every look; from several threads, one at a time.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="ArgumentException">There is no seed.</exception>
    public ClaimsReport Run(string command, Action<DemoProgress>? progress = null, CancellationToken cancel = default)
    {
        if (Seeds.Count == 0)
            throw new ArgumentException("claims: expected at least one seed, got none.");
        var task = new AgreementTask(Sentences);
        var shorter = new AgreementTask(Short);
        var delayed = new AgreementTask(Delayed);
        var found = new Measured[Seeds.Count];
        double[] done = new double[Seeds.Count];
        object turn = new();
        Parallel.For(
            0,
            Seeds.Count,
            new ParallelOptions { MaxDegreeOfParallelism = Threads, CancellationToken = cancel },
            index =>
                found[index] = Measure(
                    Seeds[index],
                    task,
                    shorter,
                    delayed,
                    (part, what) =>
                    {
                        lock (turn)
                        {
                            done[index] = part;
                            progress?.Invoke(new(done.Average(), $"seed {Seeds[index]}: {what}"));
                        }
                    },
                    cancel
                )
        );
        return new(
            [
                ThreeSets.Answer([.. found.Select(one => one.Sets)]),
                TwoRoles.Answer([.. found.Select(one => one.Roles)]),
                WordByWord.Answer([.. found.Select(one => one.Words)]),
                RoleOneTrained.Answer([.. found.Select(one => one.RoleOne)]),
                RoleTwoTrained.Answer([.. found.Select(one => one.RoleTwo)]),
                NoContextNeeded.Answer([.. found.Select(one => one.NoContext)]),
                GarbageContext.Answer([.. found.Select(one => one.Garbage)]),
            ],
            [
                SumOrMultiply.Answer([.. found.Select(one => one.Added)]),
                EarlySteps.Answer([.. found.Select(one => one.Early)]),
                FourSteps.Answer([.. found.Select(one => one.Four)]),
            ],
            new(
                $"farback {typeof(ClaimsStudy).Assembly.GetName().Version?.ToString(3)}",
                command,
                $"float64, {Widths.Name(Widths.Current)}{(Widths.Current == Width.Scalar ? "" : "-bit registers")}",
                "J is the mean of the cross entropy over all words of all sentences of a batch",
                Seeds,
                [
                    $"One layer of {Hidden} units over an embedding of 16 numbers; subject and verb up to {Lag} words apart, lengths mixed.",
                    $"Adam at rate {Rate.ToString(CultureInfo.InvariantCulture)}, gradients clipped to norm 1, {Lanes} sentences an update, at most {NumberText.Whole(Iterations)} updates, stopped early when the verb is learned.",
                    "Intervals: 95 %, from resampling the seeds; few seeds make them rough. A verdict needs two seeds.",
                ]
            )
        );
    }

    private Measured Measure(
        long seed,
        AgreementTask task,
        AgreementTask shorter,
        AgreementTask delayed,
        Action<double, string> say,
        CancellationToken cancel
    )
    {
        // the parts of a seed's work, roughly by their time
        double begin = 0;
        AgreementTrialResult Train(string name, double weight, AgreementTask on, AgreementTrialSpec spec)
        {
            double from = begin;
            AgreementTrialResult run = AgreementTrial.Run(
                spec,
                on,
                look => say(from + weight * look.Iteration / Math.Max(1, spec.Iterations), $"{name}, update {look.Iteration}"),
                cancel
            );
            begin += weight;
            return run;
        }
        var elman = new AgreementTrialSpec
        {
            Cell = AllCells.Elman,
            Task = task.Options,
            Hidden = Hidden,
            Rate = Rate,
            Iterations = Iterations,
            Lanes = Lanes,
            Seed = seed,
            LookEvery = 100,
        };
        AgreementTrialSpec lstm = elman with { Cell = AllCells.Lstm, Initial = Initial.Parse("forget=1") };
        int half = Math.Max(1, Iterations / 2);
        AgreementTrialResult learned = Train("LSTM", 0.12, task, lstm);
        AgreementLook early = learned.History.Last(look => look.Verb < Diagnosis.Verdict.Learned);
        var runs = new ClaimRuns
        {
            Seed = seed,
            Task = task,
            DelayedTask = delayed,
            Lstm = learned,
            Elman = Train("Elman", 0.1, task, elman),
            LstmEarly = Train("LSTM once more, stopped early", 0.06, task, lstm with { Iterations = early.Iteration, LooksToStop = 0 }),
            ElmanNow = Train("Elman, role one only", 0.1, task, elman with { Iterations = half, Lags = LagWeights.RoleOne }),
            LstmNow = Train("LSTM, role one only", 0.16, task, lstm with { Iterations = half, Lags = LagWeights.RoleOne }),
            LstmCut = Train("LSTM, long lags removed", 0.22, task, lstm with { Iterations = half, Lags = LagWeights.UpTo(Lag - 1) }),
            Blown =
            [
                .. TooLarge.Select(times =>
                    Train(
                        $"Elman, weights {times} times too large",
                        0.04,
                        task,
                        elman with
                        {
                            Initial = Initial.Parse($"orthogonal={times}"),
                            Iterations = half,
                        }
                    )
                ),
            ],
            Short = Train("Elman, short sentences", 0.03, shorter, elman with { Task = shorter.Options }),
            ShortNow = Train(
                "Elman, short sentences, role one only",
                0.03,
                shorter,
                elman with
                {
                    Task = shorter.Options,
                    Lags = LagWeights.RoleOne,
                }
            ),
            Delayed = Train("LSTM, glossing after the sentence", 0.05, delayed, lstm with { Task = delayed.Options }),
        };
        say(begin, "measuring");
        var measured = new Measured(
            ThreeSets.Of(runs),
            TwoRoles.Of(runs),
            WordByWord.Of(runs, Clock),
            RoleOneTrained.Of(runs),
            RoleTwoTrained.Of(runs),
            NoContextNeeded.Of(runs),
            GarbageContext.Of(runs, cancel),
            SumOrMultiply.Of(runs),
            EarlySteps.Of(runs),
            FourSteps.Of(seed)
        );
        say(1, "done");
        return measured;
    }

    // what one seed gives every claim
    private sealed record Measured(
        ThreeSets Sets,
        IReadOnlyList<(string, TwoRoles)> Roles,
        WordByWord Words,
        RoleOneTrained RoleOne,
        RoleTwoTrained RoleTwo,
        NoContextNeeded NoContext,
        IReadOnlyList<GarbageContext> Garbage,
        SumOrMultiply Added,
        EarlySteps Early,
        FourSteps Four
    );
}
