using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Farback.Cli.Runs;
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
        Option<bool> last = new("--last") { Description = "Only the last step's answer: for networks that classify." };
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "predict",
            "Says what a trained network answers to new input, with its probability at each step.\n"
                + "Words are parted by blanks (characters need no blanks); numbers by blanks, one step's after the other.\n\n"
                + "Example: farback predict --model runs/first --text \"the cats , being gray , be hungry .\""
        )
        {
            model,
            text,
            last,
            json,
        };
        knobs.AddTo(command);
        command.SetAction(parsed =>
        {
            ModelFile file = knobs.Open(parsed, parsed.GetValue(model)!);
            Model<double> network = file.ToModel<double>();
            if (network.Network.Bidirectional)
                throw new ArgumentException(
                    "--model: a bidirectional network reads the whole sequence before it answers and cannot go step by step."
                );
            var walk = new StepByStep<double>(network);
            List<IReadOnlyList<Step>> all = [];
            string[] given = parsed.GetValue(text) ?? [];
            foreach (string line in given.Length > 0 ? given : Lines())
            {
                walk.Reset();
                IReadOnlyList<Step> steps = file.InputWords.Count > 0 ? Words(file, walk, line) : Numbers(file, walk, line);
                if (steps.Count == 0 && given.Length == 0)
                    continue; // a blank line
                if (steps.Count == 0)
                    throw new ArgumentException($"--text: expected at least one word, got '{line}'.");
                all.Add(parsed.GetValue(last) ? [.. steps.TakeLast(1)] : steps);
            }
            if (parsed.GetValue(json))
                Console.WriteLine(JsonSerializer.Serialize(all, JsonText.Options));
            else
                foreach (IReadOnlyList<Step> steps in all)
                    Print(steps);
            return 0;
        });
        return command;
    }

    private static IEnumerable<string> Lines()
    {
        while (Console.In.ReadLine() is { } line)
            if (line.Length > 0)
                yield return line;
    }

    private static List<Step> Words(ModelFile file, StepByStep<double> walk, string line)
    {
        List<Step> steps = [];
        foreach (string word in file.Split(line))
            steps.Add(Answer(file, word, walk.Next([file.NumberOf(word)])));
        return steps;
    }

    private static List<Step> Numbers(ModelFile file, StepByStep<double> walk, string line)
    {
        string[] said = line.Split([' ', ',', ';', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (file.Network.Words > 0)
            return Unnamed(file, walk, said);
        int inputs = file.Network.Inputs;
        if (said.Length % inputs != 0)
            throw new ArgumentException($"input: expected {inputs} numbers a step, got {said.Length} in a line.");
        double[] values = new double[inputs];
        List<Step> steps = [];
        for (int at = 0; at < said.Length; at += inputs)
        {
            for (int i = 0; i < inputs; i++)
                if (!double.TryParse(said[at + i], NumberStyles.Float, CultureInfo.InvariantCulture, out values[i]))
                    throw new ArgumentException($"input: expected a number such as 1.5, got '{said[at + i]}'.");
            steps.Add(Answer(file, string.Join(' ', said[at..(at + inputs)]), walk.Next(values)));
        }
        return steps;
    }

    // words that have no names, by number
    private static List<Step> Unnamed(ModelFile file, StepByStep<double> walk, string[] said)
    {
        List<Step> steps = [];
        foreach (string word in said)
            steps.Add(
                int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                    ? Answer(file, word, walk.Next([number]))
                    : throw new ArgumentException(
                        $"input: the network's {file.Network.Words} words have no names: expected their numbers, got '{word}'; --vocab names them."
                    )
            );
        return steps;
    }

    private static Step Answer(ModelFile file, string input, ReadOnlySpan<double> output)
    {
        if (file.Answer == Sequences.Answer.Numbers || file.Network.Outputs == 0)
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
