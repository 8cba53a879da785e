using System.Text.Json;
using Farback.Cli.Commands;
using Farback.Cli.Terminal;
using Farback.Experiments;
using Farback.Reports;
using Farback.Sequences;

namespace Farback.Cli.Runs;

/// <summary>Several trainings on the agreement task beside each other: how many learned the verb.</summary>
internal static class AgreementTable
{
    /// <summary>Trains with several seeds, as many at a time as there are processors.</summary>
    public static AgreementTrialResult[] Train(AgreementTrialSpec spec, long first, int count, CancellationToken cancel)
    {
        var sentences = new AgreementTask(spec.Task);
        var results = new AgreementTrialResult[count];
        int[] steps = new int[count];
        using var line = new ProgressLine();
        Parallel.For(
            0,
            count,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancel },
            index =>
            {
                results[index] = AgreementTrial.Run(
                    spec with
                    {
                        Seed = first + index,
                    },
                    sentences,
                    look =>
                    {
                        steps[index] = look.Iteration;
                        line.Report(
                            steps.Sum(step => (double)step) / ((double)spec.Iterations * count),
                            $"seed {first + index}: step {look.Iteration}, loss {NumberText.Signed(look.Loss)}, {NumberText.Percent(look.Verb)} of the verbs right"
                        );
                    },
                    cancel
                );
                steps[index] = spec.Iterations;
            }
        );
        return results;
    }

    /// <summary>Prints a row a seed, and the verbs by what stands between them and their subjects.</summary>
    public static void Print(AgreementTrialResult[] results, bool json)
    {
        if (json)
        {
            var rows = results.Select(result => new
            {
                cell = result.Spec.Cell.Name,
                initial = result.Spec.Initial.ToString(),
                lag = result.Spec.Task.LagOf(result.Spec.Task.Fillers),
                rate = result.Spec.Rate,
                seed = result.Spec.Seed,
                verb = result.Verb,
                words = result.Words,
                verbByLag = result.Accuracy.VerbByLag,
                verbByAttractors = result.Accuracy.VerbByAttractors,
                wordsByLag = result.Accuracy.WordsByLag,
                learned = result.IsLearned,
                learnedAt = result.LearnedAt,
                iterations = result.Iterations,
                loss = result.Loss,
            });
            Console.WriteLine(JsonSerializer.Serialize(rows, JsonText.Options));
            return;
        }
        AgreementTrialSpec spec = results[0].Spec;
        Console.WriteLine($"{spec.Cell.Title}, {spec.Initial}, lag {spec.Task.LagOf(spec.Task.Fillers)}, rate {spec.Rate}:");
        Console.WriteLine($"{"seed", 6} {"verb", 9} {"words", 9} {"learned at", 12} {"steps", 7} {"loss", 10}");
        foreach (AgreementTrialResult result in results)
            Console.WriteLine(
                $"{result.Spec.Seed, 6} {NumberText.Percent(result.Verb), 9} {NumberText.Percent(result.Words), 9} {result.LearnedAt?.ToString() ?? "never", 12} {result.Iterations, 7} {NumberText.Signed(result.Loss), 10}"
            );
        Table("verbs by distance", results, accuracy => accuracy.VerbByLag);
        Table("verbs by nouns in between of the other number", results, accuracy => accuracy.VerbByAttractors);
        Console.WriteLine(
            $"The verb was learned (99 % or more of the test sentences) in {results.Count(result => result.IsLearned)} of {results.Length} trainings; guessing gets 50 %."
        );
    }

    // one row a distance (or number of attractors), one column a training; nothing where there is only one row
    private static void Table(string title, AgreementTrialResult[] results, Func<AgreementAccuracy, IReadOnlyDictionary<int, Tally>> of)
    {
        int[] keys = [.. results.SelectMany(result => of(result.Accuracy).Keys).Distinct().Order()];
        if (keys.Length < 2)
            return;
        Console.WriteLine($"\n{title}");
        foreach (int key in keys)
        {
            IEnumerable<string> shares = results.Select(result =>
                of(result.Accuracy).TryGetValue(key, out Tally tally) ? NumberText.Percent(tally.Share) : "–"
            );
            Console.WriteLine($"{key, 6} {string.Concat(shares.Select(share => $"{share, 9}"))}");
        }
        Console.WriteLine();
    }
}
