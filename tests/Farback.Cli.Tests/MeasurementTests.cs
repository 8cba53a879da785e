using System.Diagnostics;
using System.Text.Json;
using Farback.Tests.Docs;

namespace Farback.Cli.Tests;

/// <summary>The program behind docs/performance.md: what it prints, reads back and writes. No time is asserted.</summary>
public sealed class MeasurementTests
{
    private static readonly string[] Tiny = ["--shapes", "3,2,2,5", "--cells", "gru", "--threads", "1", "--seconds", "0.001"];

    [Fact]
    public void Every_kind_of_work_is_a_line_of_json_with_its_shape_its_time_and_the_peak_beside_it()
    {
        Outcome run = Run(["table", .. Tiny, "--json"]);
        Assert.True(run.Code == 0, run.Error);
        JsonElement[] lines =
        [
            .. run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement),
        ];
        Assert.Equal(
            ["forward", "backward", "dW", "step", "step+dx", "map W_h", "map"],
            lines.Select(line => line.GetProperty("what").GetString()!)
        );
        foreach (JsonElement line in lines)
        {
            Assert.Equal((3, 2, 2, 5), (Int(line, "t"), Int(line, "b"), Int(line, "i"), Int(line, "h")));
            Assert.All(["med_ms", "min_ms", "gflops", "peak_gflops"], name => Assert.True(line.GetProperty(name).GetDouble() > 0, name));
        }
    }

    [Fact]
    public void A_ratio_is_of_one_round_and_the_table_has_the_median_of_the_rounds()
    {
        // rounds of 1, 2 and 10 ms; the peer takes 3, 8 and 20: ratios 3, 4 and 2. One of medians would be 4, one of means 31/13.
        string[] lines =
        [
            .. new[] { (1, 3), (2, 8), (10, 20) }.SelectMany(round =>
                (string[])
                    [
                        $$"""{"peer":"farback","what":"step","cell":"elman","t":3,"b":2,"i":2,"h":5,"threads":1,"med_ms":{{round.Item1}},"gflops":1,"peak_gflops":4}""",
                        "# a remark of the peer",
                        $$"""{"peer":"torch","cell":"rnn","T":3,"B":2,"I":2,"H":5,"threads":1,"reps":7,"med_ms":{{round.Item2}}}""",
                    ]
            ),
        ];
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllLines(file, lines);
            Outcome run = Run(["compare", file]);
            Assert.True(run.Code == 0, run.Error);
            string[] cells =
            [
                .. run.Out.Split('\n').Single(line => line.StartsWith("| elman", StringComparison.Ordinal)).Trim('|').Split('|'),
            ];
            Assert.Equal(["elman", "3,2,2,5", "1", "2.00", "1.00", "25 %", "8.00", "3.00"], cells.Select(cell => cell.Trim()));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Every_table_of_the_page_is_filled_and_the_rest_of_it_stays()
    {
        string folder = Directory.CreateTempSubdirectory("farback").FullName,
            page = Path.Combine(folder, "performance.md");
        try
        {
            string before = Repository.Read("docs/performance.md");
            File.WriteAllText(page, before);
            Outcome run = Run(["page", .. Tiny, "--rounds", "1", "--peers", Path.Combine(folder, "none"), "--page", page]);
            Assert.True(run.Code == 0, run.Error);
            Assert.Contains("there is no folder", run.Error, StringComparison.Ordinal);
            string after = File.ReadAllText(page);
            string[] parts = after.Split("<!-- measured: ")[1..];
            Assert.Equal(6, parts.Length);
            Assert.All(
                parts,
                part => Assert.Contains("\n|--", part[..part.IndexOf("<!-- end -->", StringComparison.Ordinal)], StringComparison.Ordinal)
            );
            Assert.Equal(Prose(before), Prose(after));
            Assert.StartsWith("<svg", File.ReadAllText(Path.Combine(folder, "growth.svg")), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("table --shapes 1,2,3", "expected four whole numbers above 0")]
    [InlineData("table --what sleep", "--what: expected forward")]
    public void What_makes_no_sense_is_refused(string arguments, string says)
    {
        Outcome run = Run(arguments.Split(' '));
        Assert.NotEqual(0, run.Code);
        Assert.Contains(says, run.Error, StringComparison.Ordinal);
    }

    private static int Int(JsonElement line, string name) => line.GetProperty(name).GetInt32();

    private static string Prose(string page) =>
        string.Concat(page.Split("<!-- measured: ").Select(part => part[(part.IndexOf("<!-- end -->", StringComparison.Ordinal) + 1)..]));

    private static Outcome Run(string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Farback.Bench.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new(process.ExitCode, output, error.Result);
    }
}
