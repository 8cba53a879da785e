using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Farback.Cli.Runs;
using Farback.Experiments;
using Farback.Formats;
using Farback.Networks;
using Farback.Reports;
using Farback.Sequences;

namespace Farback.Cli.Commands;

/// <summary>farback predict: what a trained network says to new input, step by step.</summary>
internal static class PredictCommand
{
    private sealed record Step(string Input, string Output, double? Probability);

    public static Command Make()
    {
        Option<string> model = ModelKnobs.Model();
        var knobs = new ModelKnobs();
        Option<string[]> text = new("--text")
        {
            Description = "The input, one sequence each; without it every line of stdin is one.",
            AllowMultipleArgumentsPerToken = false,
        };
        Option<string?> data = new("--data")
        {
            Description = "Instead of --text: a batch (.npz or .safetensors, see docs/contract.md), or a text file with a sequence a line.",
        };
        Option<bool> last = new("--last") { Description = "Only the last step's answer: for networks that classify." };
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "predict",
            "Says what a trained network answers to new input, with its probability at each step.\n"
                + "Words are parted by blanks (characters need no blanks); numbers by blanks, one step's after the other.\n\n"
                + "Example: farback predict --model runs/first --text \"the cats , being gray , be hungry .\"\n"
                + "Example: farback predict --model model.pt --data batch.npz --last"
        )
        {
            model,
            text,
            data,
            last,
            json,
        };
        knobs.AddTo(command);
        command.SetAction(parsed =>
        {
            ModelFile file = knobs.Open(parsed, parsed.GetValue(model)!);
            string[] given = parsed.GetValue(text) ?? [];
            if (given.Length > 0 && parsed.GetValue(data) is not null)
                throw new ArgumentException("--data: --text was given, too; name one of them.");
            if (parsed.GetValue(data) is { } named && !File.Exists(named))
                throw new ArgumentException(
                    $"--data: there is no file {named}; expected a batch (docs/contract.md) or a text with a sequence a line."
                );
            IEnumerable<IReadOnlyList<Step>> answers =
                parsed.GetValue(data) is not { } path ? OfLines(file, given.Length > 0 ? given : Lines(Console.In), given.Length > 0)
                : BatchFile.IsOne(path) ? OfBatch(BatchRun.Of(file, path))
                : OfLines(file, File.ReadLines(path), isSaid: false);
            List<IReadOnlyList<Step>> all = [.. answers.Select(steps => parsed.GetValue(last) ? [.. steps.TakeLast(1)] : steps)];
            if (parsed.GetValue(json))
                Console.WriteLine(JsonSerializer.Serialize(all, JsonText.Options));
            else
                foreach (IReadOnlyList<Step> steps in all)
                    Print(steps);
            return 0;
        });
        return command;
    }

    private static IEnumerable<string> Lines(TextReader reader)
    {
        while (reader.ReadLine() is { } line)
            yield return line;
    }

    // a batch, lane by lane; steps are called by their words, words without names by their numbers, vectors by their steps
    private static IEnumerable<IReadOnlyList<Step>> OfBatch(BatchRun run)
    {
        Model<double> model = run.Model.ToModel<double>();
        Batch batch = run.File.Batch;
        Trace<double> trace = model.Forward(batch, initial: run.File.Initial);
        for (int lane = 0; lane < batch.Lanes; lane++)
        {
            int one = lane;
            IReadOnlyList<string> labels = TaskMap.Labels(run.Model.InputWords, batch.Lane(lane));
            if (batch.Ids is { } ids && run.Model.InputWords.Count == 0)
                labels = [.. Enumerable.Range(0, batch.Lengths[lane]).Select(t => $"{ids[t * batch.Lanes + one]}")];
            yield return [.. Enumerable.Range(0, batch.Lengths[lane]).Select(t => Answer(run.Model, labels[t], Output(trace, t, one)))];
        }
    }

    private static ReadOnlySpan<double> Output(Trace<double> trace, int time, int lane)
    {
        if (trace.Model.ReadOut >= 0)
            return trace.ReadOut(time, lane);
        double[] hidden = new double[trace.Model.Network.LayerOutputs];
        trace.Output(trace.Model.Network.Layers - 1, time, lane, hidden);
        return hidden;
    }

    private static IEnumerable<IReadOnlyList<Step>> OfLines(ModelFile file, IEnumerable<string> lines, bool isSaid)
    {
        if (file.Network.Bidirectional)
            throw new ArgumentException(
                "--model: a bidirectional network reads the whole sequence before it answers and cannot go step by step; --data answers a batch (docs/contract.md)."
            );
        var walk = new StepByStep<double>(file.ToModel<double>());
        foreach (string line in lines)
        {
            (List<string> names, List<double[]> inputs) = Read(file, line);
            if (inputs.Count == 0 && !isSaid)
                continue; // a blank line
            if (inputs.Count == 0)
                throw new ArgumentException($"--text: expected at least one word, got '{line}'.");
            yield return Answers(file, walk, names, inputs);
        }
    }

    private static List<Step> Answers(ModelFile file, StepByStep<double> walk, List<string> names, List<double[]> inputs)
    {
        walk.Reset();
        List<Step> steps = [];
        for (int t = 0; t < inputs.Count; t++)
            steps.Add(Answer(file, names[t], ReadsWords(file) ? walk.Next([(int)inputs[t][0]]) : walk.Next(inputs[t])));
        return steps;
    }

    private static bool ReadsWords(ModelFile file) => file.InputWords.Count > 0 || file.Network.Words > 0;

    // a line's words by number, or its vectors, with what to call them
    private static (List<string> Names, List<double[]> Inputs) Read(ModelFile file, string line)
    {
        if (file.InputWords.Count > 0)
        {
            List<string> words = [.. file.Split(line)];
            return (words, [.. words.Select(word => new double[] { file.NumberOf(word) })]);
        }
        string[] said = line.Split([' ', ',', ';', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (file.Network.Words > 0)
            return ([.. said], [.. said.Select(word => new double[] { WordOf(file, word) })]);
        int inputs = file.Network.Inputs;
        if (said.Length % inputs != 0)
            throw new ArgumentException($"input: expected {inputs} numbers a step, got {said.Length} in a line.");
        return (
            [.. said.Chunk(inputs).Select(step => string.Join(' ', step))],
            [.. said.Chunk(inputs).Select(step => step.Select(NumberOf).ToArray())]
        );
    }

    private static double NumberOf(string said) =>
        double.TryParse(said, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            ? number
            : throw new ArgumentException($"input: expected a number such as 1.5, got '{said}'.");

    // words that have no names, by number
    private static int WordOf(ModelFile file, string said) =>
        !int.TryParse(said, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? throw new ArgumentException(
                $"input: the network's {file.Network.Words} words have no names: expected their numbers, got '{said}'; --vocab names them."
            )
        : number < file.Network.Words ? number
        : throw new ArgumentException($"input: expected a word from 0 to {file.Network.Words - 1}, got {said}.");

    private static Step Answer(ModelFile file, string input, ReadOnlySpan<double> output)
    {
        if (file.Answer == Sequences.Answer.Numbers || file.Network.Outputs <= 1) // one output is no choice
            return new(input, string.Join(' ', output.ToArray().Select(NumberText.Signed)), null);
        int best = Probabilities.Largest(output);
        return new(input, file.NameOf(best), Probabilities.Of(output)[best]);
    }

    private static void Print(IReadOnlyList<Step> steps)
    {
        int width = steps.Max(step => step.Input.Length);
        foreach (Step step in steps)
            Console.WriteLine(
                $"{step.Input.PadRight(width)}  {step.Output}{(step.Probability is { } p ? $"  {NumberText.Percent(p)}" : "")}"
            );
        Console.WriteLine();
    }
}
