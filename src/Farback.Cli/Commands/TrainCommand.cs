using System.CommandLine;
using System.Text.Json;
using Farback.Cli.Terminal;
using Farback.Experiments;
using Farback.Formats;
using Farback.Networks;
using Farback.Reports;
using Farback.Sequences;

namespace Farback.Cli.Commands;

/// <summary>farback train: one network on one task, several seeds.</summary>
internal static class TrainCommand
{
    public static Command Make()
    {
        var knobs = new AgreementKnobs();
        Option<string> task = CommonOptions.Task(),
            cell = CommonOptions.CellName(),
            initial = CommonOptions.InitialChoice();
        Option<int> hidden = CommonOptions.Count("--hidden", "Units.", 32),
            embedding = CommonOptions.Count("--embedding", "Numbers in a word's learned vector; 0 for one-hot words.", 16, 0),
            lanes = CommonOptions.Count("--batch", "Sentences a step.", 32),
            iterations = CommonOptions.Count("--iterations", "Training steps at most.", 3000),
            seeds = CommonOptions.Count("--seeds", "How many trainings, with seeds from --seed on.", 1);
        Option<double> rate = CommonOptions.Positive("--rate", "Adam's learning rate.", 0.01),
            clip = CommonOptions.Positive("--clip", "The norm to which longer gradients are cut.", 1);
        Option<long> seed = new("--seed") { Description = "The first seed.", DefaultValueFactory = _ => 1 };
        Option<string?> save = new("--save") { Description = "Write the trained weights of the last seed to this safetensors file." };
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "train",
            "Trains a network and says whether it learned the verb.\n\nExample: farback train --task agreement --cell lstm --initial forget=1 --lag 21 --seeds 3"
        )
        {
            task,
            cell,
            initial,
            hidden,
            embedding,
            lanes,
            iterations,
            rate,
            clip,
            seed,
            seeds,
            save,
            json,
        };
        knobs.AddTo(command);
        command.SetAction(
            (parsed, cancel) =>
            {
                CommonOptions.CheckTask(parsed.GetValue(task)!);
                var spec = new AgreementTrialSpec
                {
                    Cell = CommonOptions.CellOf(parsed.GetValue(cell)!),
                    Initial = Initial.Parse(parsed.GetValue(initial)!),
                    Task = knobs.Read(parsed),
                    Hidden = parsed.GetValue(hidden),
                    Embedding = parsed.GetValue(embedding),
                    Lanes = parsed.GetValue(lanes),
                    Iterations = parsed.GetValue(iterations),
                    Rate = parsed.GetValue(rate),
                    Clip = parsed.GetValue(clip),
                };
                if (parsed.GetValue(save) is { } file)
                    SafeFile.Check(file);
                AgreementTrialResult[] results = Train(spec, parsed.GetValue(seed), parsed.GetValue(seeds), cancel);
                if (parsed.GetValue(save) is { } path)
                    Save(path, results[^1]);
                Print(results, parsed.GetValue(json));
                return Task.FromResult(0);
            }
        );
        return command;
    }

    private static AgreementTrialResult[] Train(AgreementTrialSpec spec, long first, int count, CancellationToken cancel)
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

    private static void Save(string path, AgreementTrialResult result)
    {
        IEnumerable<Tensor> tensors = result.Network.Blocks.Select(block =>
            Tensor.Of(
                block.Name,
                block.Columns == 1 ? [block.Rows] : [block.Rows, block.Columns],
                (ReadOnlySpan<double>)result.Trained[block]
            )
        );
        SafetensorsFile.Write(
            path,
            [.. tensors],
            new Dictionary<string, string> { ["cell"] = result.Network.Cell.Name, ["hidden"] = $"{result.Network.Hidden}" }
        );
    }

    private static void Print(AgreementTrialResult[] results, bool json)
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
