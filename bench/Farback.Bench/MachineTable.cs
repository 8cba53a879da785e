using Farback.Cli.Measuring;
using Farback.Numbers;

namespace Farback.Bench;

/// <summary>What the machine is and what it can do at most.</summary>
internal static class MachineTable
{
    public static string Of(IReadOnlyList<int> threads) =>
        $"{Machine.This()}; {DateTime.UtcNow:yyyy-MM-dd}. From one core to the other and back: {MarkdownTable.Digits(RoundTrip.Nanoseconds())} ns.\n\n"
        + MarkdownTable.Of(
            ["most GFLOP/s", .. threads.SelectMany(many => (string[])[$"float, threads: {many}", $"double, threads: {many}"])],
            [
                .. Widths.Supported.Select(width =>
                    (string[])
                        [
                            width == Width.Scalar ? "one number at a time" : $"{Widths.Name(width)} bits",
                            .. threads.SelectMany(many =>
                                ((bool[])[false, true]).Select(isDouble => MarkdownTable.Digits(Peak.Of(width, isDouble, many)))
                            ),
                        ]
                ),
            ]
        );
}
