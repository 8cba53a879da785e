using Farback.Examples;
using Farback.Tests.Docs;

namespace Farback.Tests.Examples;

/// <summary>The dozen lines in the README are lines of a program that runs.</summary>
[Collection("console")] // one at a time takes the console
public sealed class StraightPathTests
{
    [Fact]
    public void The_lines_in_the_readme_are_those_of_the_example()
    {
        string[] readme = [.. Block(Repository.Read("README.md").ReplaceLineEndings("\n").Split('\n'), "```csharp")];
        Assert.InRange(readme.Count(line => line.Length > 0), 8, 14);
        Assert.Contains(
            Tokens(string.Join('\n', readme)),
            Tokens(Repository.Read("examples/straight-path/straight-path.cs")),
            StringComparison.Ordinal
        );
    }

    // the formatter breaks lines where a reader would not
    private static string Tokens(string code) =>
        string.Concat(code.Where(letter => !char.IsWhiteSpace(letter))).Replace(",}", "}", StringComparison.Ordinal);

    [Fact]
    public void The_example_runs_and_the_map_sums_to_the_gradient()
    {
        TextWriter before = Console.Out;
        using var output = new StringWriter();
        try
        {
            Console.SetOut(output);
            StraightPath.Main();
        }
        finally
        {
            Console.SetOut(before);
        }
        Assert.Contains("half-life", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("needed 21", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_two_commands_of_the_readme_are_the_main_job_and_the_tests()
    {
        string[] commands =
        [
            .. Repository
                .Read("README.md")
                .ReplaceLineEndings("\n")
                .Split('\n')
                .Where(line => line.StartsWith("dotnet ", StringComparison.Ordinal)),
        ];
        Assert.Equal(["dotnet run -c Release --project src/Farback.Cli -- demo", "dotnet test -c Release"], commands);
    }

    private static IEnumerable<string> Block(string[] lines, string fence) =>
        lines.SkipWhile(line => line != fence).Skip(1).TakeWhile(line => line != "```").Select(line => line.Trim());
}
