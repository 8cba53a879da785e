using System.Globalization;
using System.Text.RegularExpressions;
using Farback.Examples;

namespace Farback.Tests.Examples;

/// <summary>The course exercise, walked through: all eight functions, dW resolved in time, and a loss that falls.</summary>
[Collection("console")] // one at a time takes the console
public sealed partial class RnnStepByStepTests
{
    [Fact]
    public void The_walk_calls_all_eight_functions_and_its_updates_lower_the_loss()
    {
        TextWriter console = Console.Out;
        using var output = new StringWriter();
        try
        {
            Console.SetOut(output);
            RnnStepByStep.Main();
        }
        finally
        {
            Console.SetOut(console);
        }
        string said = output.ToString();
        Assert.Equal(
            8,
            said.Split('\n')
                .Count(line => line.StartsWith("  a", StringComparison.Ordinal) || line.StartsWith("  dx", StringComparison.Ordinal))
        );
        Assert.Contains("dc_prev (5, 10)", said, StringComparison.Ordinal);
        double[] losses = [.. Loss().Matches(said).Select(loss => double.Parse(loss.Groups[1].Value, CultureInfo.InvariantCulture))];
        Assert.Equal(5, losses.Length);
        Assert.Equal(losses.OrderDescending(), losses);
        Assert.True(losses[^1] < losses[0] / 2, said);
        double[] added =
        [
            .. Added()
                .Match(said)
                .Groups.Values.Skip(1)
                .Select(number => double.Parse(number.Value.Replace('−', '-'), CultureInfo.InvariantCulture)),
        ];
        Assert.Equal(added[0], added[1], 1e-6); // six decimals are printed
        Assert.NotEqual(0, added[0]);
    }

    [GeneratedRegex(@"loss (\d\.\d{4})")]
    private static partial Regex Loss();

    [GeneratedRegex(@"added: (\S+); rnn_backward's dWaa\[2, 1\]: (\S+);")]
    private static partial Regex Added();
}
