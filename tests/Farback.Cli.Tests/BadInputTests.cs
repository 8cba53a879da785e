namespace Farback.Cli.Tests;

/// <summary>A bad input gets one clear sentence on stderr, an exit code other than zero, and nothing half-written.</summary>
public sealed class BadInputTests
{
    private const int Failed = 1;
    private const int Usage = 2;

    public static TheoryData<string[], string> Wrong() =>
        new()
        {
            { ["unheard-of"], "unheard-of" },
            { ["train", "--foo"], "--foo" },
            { ["train", "--cell", "transformer"], "there is no cell 'transformer'; there are elman" },
            { ["train", "--task", "chess"], "there is no task 'chess'; there are agreement" },
            { ["train", "--hidden", "0"], "--hidden: expected 1 or more, got 0" },
            { ["train", "--hidden", "many"], "many" },
            { ["train", "--rate", "-1"], "--rate: expected a positive number, got -1" },
            { ["train", "--initial", "magic"], "magic" },
            { ["train", "--cell", "elman", "--initial", "forget=1"], "forget" },
            { ["map", "--lag", "3"], "lag: 3 cannot be had" },
            { ["map", "--lag", "5", "--block", "weight_xx"], "the map has no 'weight_xx'; it has all" },
            { ["check", "--assembly", "nowhere.dll"], "there is no file nowhere.dll" },
            { ["check", "--cell", "lstm", "--layers", "2"], "say --hidden too" },
            { ["train", "--hidden", "abc"], "a whole number" },
        };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void It_is_refused_in_one_sentence_that_says_what_was_expected(string[] arguments, string says)
    {
        Outcome run = Farback.Run(arguments);
        Assert.Equal(Usage, run.Code);
        Assert.Empty(run.Out);
        Assert.Contains(says, run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.Trim().Split('\n'), line => !line.Contains('%', StringComparison.Ordinal)); // progress lines apart
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1024", "expected scalar, 128, 256 or 512")]
    [InlineData("wide", "expected scalar, 128, 256 or 512")]
    public void A_width_that_does_not_exist_is_refused(string width, string says)
    {
        Outcome run = Farback.Run(["cells"], null, ("FARBACK_WIDTH", width));
        Assert.Equal(Usage, run.Code);
        Assert.Contains(says, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_width_that_the_processor_lacks_is_refused()
    {
        // without AVX-512 in the runtime's eyes, the processor lacks it
        Outcome run = Farback.Run(["cells"], null, ("FARBACK_WIDTH", "512"), ("DOTNET_EnableAVX512", "0"), ("DOTNET_EnableAVX512F", "0"));
        Assert.Equal(Usage, run.Code);
        Assert.Contains("512-bit registers, which this processor does not have", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("scalar")]
    [InlineData("128")]
    [InlineData("256")]
    public void Every_width_gives_the_same_map(string width)
    {
        if (
            !Numbers.Widths.IsSupported(
                width == "scalar"
                    ? Numbers.Width.Scalar
                    : (Numbers.Width)int.Parse(width, System.Globalization.CultureInfo.InvariantCulture)
            )
        )
            Assert.Skip($"this processor has no registers of width {width}");
        string[] arguments = ["map", "--cell", "lstm", "--lag", "7"];
        Assert.Equal(Lines(Farback.Run(arguments)), Lines(Farback.Run(arguments, null, ("FARBACK_WIDTH", width))));
    }

    // the residual is rounding itself, and differs
    private static string[] Lines(Outcome run) =>
        [.. run.Out.Split('\n').Where(line => !line.StartsWith("Residual", StringComparison.Ordinal))];

    [Fact]
    public void A_file_that_is_no_assembly_is_refused()
    {
        string file = Path.GetTempFileName();
        try
        {
            Outcome run = Farback.Run(["check", "--assembly", file]);
            Assert.Equal(Failed, run.Code);
            Assert.Contains("is no assembly", run.Error, StringComparison.Ordinal);
            Assert.Single(run.Error.Trim().Split('\n'));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_report_that_cannot_be_written_says_where_and_leaves_nothing()
    {
        string folder = Directory.CreateTempSubdirectory("farback").FullName;
        try
        {
            Outcome run = Farback.Run(["demo", "-o", "missing/report.html"], folder);
            Assert.Equal(Failed, run.Code);
            Assert.Contains("missing", run.Error, StringComparison.Ordinal);
            Assert.Empty(Directory.GetFileSystemEntries(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
