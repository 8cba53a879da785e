using Farback.Cells;
using Farback.Diagnosis;
using Farback.Gradients;
using Farback.Networks;
using Farback.Sequences;
using Farback.Training;

namespace Farback.Experiments;

/// <summary>One way of weighting the gradient's lags.</summary>
/// <param name="Name">What people call it.</param>
/// <param name="Lags">What each lag counts; null for the gradient as it is.</param>
public sealed record CausalArm(string Name, LagWeights? Lags);

/// <summary>One training of one arm.</summary>
/// <param name="Arm">Which.</param>
/// <param name="Seed">Of the initial weights and of the batches: the same in every arm.</param>
/// <param name="Scores">The task's scores on test sequences that no look ever saw.</param>
/// <param name="LearnedAt">The update of the first look that found the task learned for good; null where the last did not.</param>
/// <param name="Steps">Updates made.</param>
/// <param name="History">The first score on validation sequences, by update.</param>
/// <param name="Diverged">Why it ended early, or null.</param>
public sealed record CausalRun(
    CausalArm Arm,
    long Seed,
    IReadOnlyList<Score> Scores,
    int? LearnedAt,
    int Steps,
    IReadOnlyList<(int Step, double Score)> History,
    string? Diverged
)
{
    /// <summary>The first score, by which training is judged; NaN where training diverged.</summary>
    public double Score => Scores.Count > 0 ? Scores[0].Value : double.NaN;
}

/// <summary>An arm held against the whole gradient, seed by seed.</summary>
/// <param name="Arm">Which.</param>
/// <param name="Score">Its first score, mean over seeds.</param>
/// <param name="Difference">Score − score of the whole gradient with the same seed, mean over seeds with a bootstrap interval; few seeds make it rough.</param>
/// <param name="PValue">Of the difference, both signs; with n seeds never below about 2^(1−n).</param>
/// <param name="Learned">How many trainings learned it.</param>
public sealed record CausalSummary(CausalArm Arm, Estimate Score, Estimate Difference, double PValue, int Learned);

/// <summary>The causal test on the gradient itself: what can be learned when some lags teach nothing, or more than their due?</summary>
/// <remarks>
///   Arms differ in one thing: what each lag of the map counts in the update (<see cref="LagWeights"/>). Initial weights, batches, optimiser, clipping and
///   the number of updates are the same; clipping comes after weighting. Every update is one sweep more, in a window of the masked lags. If the
///   network does without an arm's lags what it does with all of them, those lags' gradient was not what taught it.
/// </remarks>
public sealed record CausalTest
{
    /// <summary>The task.</summary>
    public required LearningTask Task { get; init; }

    /// <summary>The network.</summary>
    public required Network Network { get; init; }

    /// <summary>Where its weights start.</summary>
    public Initial Initial { get; init; } = Initial.Default;

    /// <summary>The arms; the first is what the others are held against.</summary>
    public required IReadOnlyList<CausalArm> Arms { get; init; }

    /// <summary>Seeds of weights and batches, the same in every arm.</summary>
    public IReadOnlyList<long> Seeds { get; init; } = [1, 2, 3];

    /// <summary>Updates of each training.</summary>
    public int Iterations { get; init; } = 1000;

    /// <summary>B.</summary>
    public int Lanes { get; init; } = 32;

    /// <summary>Adam's rate.</summary>
    public double Rate { get; init; } = 0.01;

    /// <summary>The norm to which longer gradients are cut, after weighting; null for none.</summary>
    public double? Clip { get; init; } = 1;

    /// <summary>Updates between two looks at the validation sequences.</summary>
    public int LookEvery { get; init; } = 100;

    /// <summary>The first score at which the task counts as learned.</summary>
    public double Learned { get; init; } = Verdict.Learned;

    /// <summary>Training ends when so many looks in a row found it learned; 0 to go on.</summary>
    public int LooksToStop { get; init; } = 2;

    /// <summary>The usual arms around a needed lag n: whole, lags of n and more removed, lags beyond half of n removed, role one only, lags beyond half of n amplified.</summary>
    public static IReadOnlyList<CausalArm> ArmsFor(int neededLag, double factor = 10)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(neededLag);
        int half = neededLag / 2;
        List<CausalArm> arms = [new("whole gradient", null), new($"lags from {neededLag} removed", LagWeights.UpTo(neededLag - 1))];
        if (half > 0 && half < neededLag - 1)
            arms.Add(new($"lags from {half + 1} removed", LagWeights.UpTo(half)));
        if (neededLag > 1)
            arms.Add(new("role one only", LagWeights.RoleOne));
        arms.Add(new($"lags from {half + 1} × {factor}", LagWeights.Amplified(half, factor)));
        return arms;
    }

    /// <summary>Trains every arm with every seed, as many at once as there are processors.</summary>
    /// <param name="progress">Told of every look; from several threads, one at a time.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="ArgumentException">There is no arm or no seed, or a number is out of range.</exception>
    public CausalResult Run(Action<DemoProgress>? progress = null, CancellationToken cancel = default)
    {
        if (Arms.Count == 0 || Seeds.Count == 0)
            throw new ArgumentException(
                $"causal test: expected an arm and a seed at least, got {Arms.Count} arms and {Seeds.Count} seeds."
            );
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Iterations);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(LookEvery);
        (CausalArm Arm, long Seed)[] plan = [.. Seeds.SelectMany(seed => Arms.Select(arm => (arm, seed)))];
        var runs = new CausalRun[plan.Length];
        var done = new double[plan.Length];
        object turn = new();
        Parallel.For(
            0,
            plan.Length,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancel },
            index =>
            {
                (CausalArm arm, long seed) = plan[index];
                runs[index] = Train(
                    arm,
                    seed,
                    (step, score) =>
                    {
                        lock (turn)
                        {
                            done[index] = (double)step / Iterations;
                            progress?.Invoke(new(done.Average(), $"{arm.Name}, seed {seed}: step {step}, score {score:0.000}"));
                        }
                    },
                    cancel
                );
                lock (turn)
                    done[index] = 1;
            }
        );
        return new(this, runs);
    }

    private CausalRun Train(CausalArm arm, long seed, Action<int, double> look, CancellationToken cancel)
    {
        var model = new Model<double>(Network, Initial.Draw(Network, seed));
        var trainer = new Trainer<double>(
            model,
            TaskTraining.LossOf(Task),
            new Adam<double>(Network.ParameterCount),
            new ConstantRate(Rate),
            seed
        )
        {
            ClipNorm = Clip,
            Lags = arm.Lags,
        };
        var watched = new Examination<double>(Task, model, 256);
        var place = new TaskPlace(seed);
        States<double>? states = null;
        List<(int, double)> history = [];
        int? learnedAt = null;
        int step = 0,
            row = 0;
        try
        {
            while (step < Iterations && (LooksToStop == 0 || row < LooksToStop))
            {
                cancel.ThrowIfCancellationRequested();
                trainer.Step(Task.Next(place, Lanes), states);
                if (Task.CarriesState)
                    states = trainer.Trace!.FinalStates(states);
                step++;
                if (step % LookEvery != 0 && step != Iterations)
                    continue;
                Score score = watched.Scores(Split.Validation)[0];
                history.Add((step, score.Value));
                row = IsLearned(score) ? row + 1 : 0;
                learnedAt =
                    row == 0 ? null
                    : row == 1 ? step
                    : learnedAt;
                look(step, score.Value);
            }
        }
        catch (TrainingDivergedException error)
        {
            return new(arm, seed, [], null, step, history, error.Message);
        }
        return new(arm, seed, watched.Scores(Split.Test), learnedAt, step, history, null);
    }

    internal bool IsLearned(Score score) => score.HigherIsBetter ? score.Value >= Learned : score.Value <= Learned;
}

/// <summary>Every training of a causal test, and what the arms come to.</summary>
/// <param name="Test">What was asked for.</param>
/// <param name="Runs">Every training.</param>
public sealed record CausalResult(CausalTest Test, IReadOnlyList<CausalRun> Runs)
{
    /// <summary>An arm beside the first arm, paired by seed. Trainings that diverged are left out of the means and counted as not learned.</summary>
    public IReadOnlyList<CausalSummary> Summaries =>
        [
            .. Test.Arms.Select(arm =>
            {
                CausalRun[] own = [.. Runs.Where(run => run.Arm == arm)];
                double[] differences =
                [
                    .. own.Select(run => run.Score - Runs.First(whole => whole.Arm == Test.Arms[0] && whole.Seed == run.Seed).Score)
                        .Where(double.IsFinite),
                ];
                return new CausalSummary(
                    arm,
                    Estimate.OfMean([.. own.Select(run => run.Score).Where(double.IsFinite)]),
                    Estimate.OfMean(differences),
                    SignFlips.PValue(differences, bothSigns: true),
                    own.Count(run => run.Scores.Count > 0 && Test.IsLearned(run.Scores[0]))
                );
            }),
        ];

    /// <summary>A score's parts of one arm, by what they are told apart by, mean over seeds: the verb by its lag.</summary>
    public IReadOnlyList<(string Key, Estimate Value)> Parts(CausalArm arm, string by)
    {
        IEnumerable<ScorePart> parts = Runs.Where(run => run.Arm == arm && run.Scores.Count > 0)
            .SelectMany(run => run.Scores[0].Breakdown ?? [])
            .Where(part => part.By == by);
        return [.. parts.GroupBy(part => part.Key).Select(group => (group.Key, Estimate.OfMean([.. group.Select(part => part.Value)])))];
    }
}
