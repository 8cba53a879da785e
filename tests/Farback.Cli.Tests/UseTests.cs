using System.Diagnostics;
using Farback.Cells;
using Farback.Formats;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Cli.Tests;

/// <summary>A saved network at work: input that says nothing is refused or passed over, and a shell completes the line.</summary>
public sealed class UseTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("farback").FullName;

    public UseTests()
    {
        Save("words", ["the", "cat", "."]);
        Save("characters", ["a", "b", "\n"]);
        Network vectors = Shape with { Words = 0, Embedding = 0, Inputs = 2 };
        ModelFile.Save(Path.Combine(_folder, "numbers"), Initial.Default.Draw(vectors, seed: 1), answer: Answer.Numbers);
        Network both = Shape with { Bidirectional = true };
        ModelFile.Save(Path.Combine(_folder, "both"), Initial.Default.Draw(both, seed: 1), ["the", "cat", "."]);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string[], string> Wrong() =>
        new()
        {
            { ["predict", "--model", "words", "--text", ""], "--text: expected at least one word, got ''" },
            { ["predict", "--model", "words", "--text", "  "], "--text: expected at least one word, got '  '" },
            { ["predict", "--model", "words", "--text", "the dog"], "the word \"dog\" is not among the 3 that words knows" },
            { ["predict", "--model", "numbers", "--text", "1 2 3"], "input: expected 2 numbers a step, got 3" },
            { ["predict", "--model", "numbers", "--text", "1 two"], "input: expected a number such as 1.5, got 'two'" },
            { ["predict", "--model", "both", "--text", "the cat"], "cannot go step by step" },
            { ["sample", "--model", "words", "--prompt", " "], "--prompt: expected at least one word, got ' '" },
            { ["sample", "--model", "words", "--top", "0"], "top: expected 1 word or more, got 0" },
            { ["sample", "--model", "numbers"], "only a language model" },
        };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_it_cannot_read_is_refused_in_one_sentence(string[] arguments, string says)
    {
        Outcome run = Farback.Run(arguments, _folder);
        Assert.Equal(2, run.Code);
        Assert.Empty(run.Out);
        Assert.Contains(says, run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.Trim().Split('\n'));
    }

    [Fact]
    public void The_same_seed_samples_the_same_text_and_no_word_that_the_model_lacks()
    {
        string[] arguments = ["sample", "--model", "characters", "--length", "60", "--prompt", "ab", "--seed"];
        Outcome first = Farback.Run([.. arguments, "1"], _folder);
        Assert.True(first.Code == 0, first.Error);
        Assert.Equal(first.Out, Farback.Run([.. arguments, "1"], _folder).Out);
        Assert.NotEqual(first.Out, Farback.Run([.. arguments, "2"], _folder).Out);
        Assert.Equal("ab".Length + 60 + Environment.NewLine.Length, first.Out.Length);
        Assert.StartsWith("ab", first.Out, StringComparison.Ordinal);
        Assert.All(first.Out, letter => Assert.Contains(letter, $"ab{Environment.NewLine}"));
    }

    [Fact]
    public void Bash_reads_the_script_and_completes_verbs_and_options_with_it()
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "there is no /bin/bash");
        string script = Path.Combine(_folder, "completion.bash");
        File.WriteAllText(script, Farback.Run(["completion", "bash"]).Out);
        Assert.Equal("", Bash("-n", script));
        string program = Path.Combine(AppContext.BaseDirectory, "farback.dll");
        string Complete(string line) =>
            Bash(
                "-c",
                $$"""
                farback() { dotnet '{{program}}' "$@"; }
                source '{{script}}'
                COMP_LINE='{{line}}' COMP_POINT={{line.Length}} COMP_WORDS=({{line}}) COMP_CWORD={{line.Split(' ').Length - 1}}
                _farback
                printf '%s\n' "${COMPREPLY[@]}"
                """
            );
        Assert.Equal("predict", Complete("farback pre").Trim());
        Assert.Equal("--temperature", Complete("farback sample --temp").Trim());
    }

    private static Network Shape { get; } =
        new()
        {
            Cell = AllCells.Gru,
            Words = 3,
            Embedding = 2,
            Hidden = 4,
            Outputs = 3,
        };

    private void Save(string name, string[] words) =>
        ModelFile.Save(Path.Combine(_folder, name), Initial.Default.Draw(Shape, seed: 1), words, words);

    private static string Bash(params string[] arguments)
    {
        using Process process = Process.Start(
            new ProcessStartInfo("/bin/bash", arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output + error.Result;
    }
}
