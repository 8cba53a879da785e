using System.CommandLine;
using System.Text.Json;
using Farback.Cli.Runs;
using Farback.Formats;
using Farback.Networks;

namespace Farback.Cli.Commands;

/// <summary>farback sample: a language model speaks.</summary>
internal static class SampleCommand
{
    public static Command Make()
    {
        Option<string> model = ModelKnobs.Model();
        var knobs = new ModelKnobs();
        Option<int> length = CommonOptions.Count("--length", "How many characters or words to draw.", 200);
        Option<double> temperature = CommonOptions.Positive("--temperature", "Below 1 bolder, above 1 wilder.", 1);
        Option<int?> top = new("--top") { Description = "Draw among so many of the most probable only." };
        Option<long> seed = CommonOptions.Seed("The seed of the draws.");
        Option<string?> prompt = new("--prompt") { Description = "What it reads first." };
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "sample",
            "Draws text from a language model.\n\nExample: farback sample --model runs/shakespeare --prompt \"ROMEO:\" --temperature 0.8"
        )
        {
            model,
            length,
            temperature,
            top,
            seed,
            prompt,
            json,
        };
        knobs.AddTo(command);
        command.SetAction(parsed =>
        {
            ModelFile file = knobs.Open(parsed, parsed.GetValue(model)!);
            if (!file.IsLanguageModel)
                throw new ArgumentException(
                    "--model: only a language model, whose outputs are its input words, can be sampled; use farback predict."
                );
            var walk = new StepByStep<double>(file.ToModel<double>());
            var sampler = new Sampler(parsed.GetValue(seed), parsed.GetValue(temperature), parsed.GetValue(top));
            string first = parsed.GetValue(prompt) ?? "";
            int[] read = first.Length > 0 ? file.Read(first) : [file.InputWords.Count > 1 ? Start(file) : 0];
            if (read.Length == 0)
                throw new ArgumentException($"--prompt: expected at least one word, got '{first}'.");
            ReadOnlySpan<double> logits = default;
            foreach (int word in read)
                logits = walk.Next([word]);
            List<string> drawn = [];
            for (int i = 0; i < parsed.GetValue(length); i++)
            {
                int next = sampler.Next(logits);
                drawn.Add(file.InputWords[next]);
                logits = walk.Next([next]);
            }
            string text = file.Join(drawn);
            Console.WriteLine(
                parsed.GetValue(json) ? JsonSerializer.Serialize(new { prompt = first, text }, JsonText.Options) : first + text
            );
            return 0;
        });
        return command;
    }

    // without a prompt it begins as after the end of a line, where the model knows one
    private static int Start(ModelFile file)
    {
        for (int word = 0; word < file.InputWords.Count; word++)
            if (file.InputWords[word] == "\n")
                return word;
        return 0;
    }
}
