using Farback.Cli.Measuring;

namespace Farback.Bench;

/// <summary>Ours and the peers' in turns, round after round: the machine drifts, ratios within a round do not.</summary>
internal static class Comparison
{
    /// <summary>One round after the other, ours and each peer in it.</summary>
    public static IEnumerable<Row> Rounds(
        IReadOnlyList<Workload> ours,
        IReadOnlyList<Peers.Peer> peers,
        int rounds,
        double seconds,
        double longest,
        int threads,
        CancellationToken cancel
    )
    {
        for (int round = 0; round < rounds; round++)
        {
            foreach (Row row in Runs.Measure(ours, seconds, longest, cancel))
                yield return row;
            foreach (Peers.Peer peer in peers)
            foreach (Row row in Peers.Run(peer, seconds, threads, cancel))
                yield return row;
        }
    }

    /// <summary>A table for every kind of work that ours did.</summary>
    public static string Tables(IReadOnlyList<Row> rows) =>
        string.Join(
            '\n',
            rows.Where(row => row.Peer == "farback")
                .Select(row => row.What)
                .Distinct()
                .Select(what => $"{what}\n\n{(what == "map" ? AllBlocks(rows) : Table(rows, what))}")
        );

    /// <summary>A line for every cell and shape of a kind of work: medians over the rounds, and how many times longer each peer took.</summary>
    public static string Table(IReadOnlyList<Row> rows, string what)
    {
        Row[] all = [.. rows.Where(row => row.What == what)];
        string[] peers = [.. all.Select(row => row.Peer).Where(peer => peer != "farback").Distinct()];
        return Ours(
            all,
            ["GFLOP/s", "of peak", .. peers.SelectMany(peer => (string[])[$"{peer}, ms", "times ours"])],
            rounds =>
                [
                    MarkdownTable.Digits(Median(rounds.Select(row => row.Gflops))),
                    MarkdownTable.Percent(Median(rounds.Select(row => row.OfPeak))),
                    .. peers.SelectMany(peer => Against(rounds, all, peer)),
                ]
        );
    }

    /// <summary>Maps of all blocks, and how many times longer they take than the norms of W_h alone.</summary>
    public static string AllBlocks(IReadOnlyList<Row> rows) =>
        Ours(
            rows.Where(row => row.What == "map"),
            ["of peak", "over W_h"],
            rounds => [MarkdownTable.Percent(Median(rounds.Select(row => row.OfPeak))), OverRecurrent(rounds, rows)]
        );

    // a line for our rounds of every cell, shape and number of threads
    private static string Ours(IEnumerable<Row> rows, string[] columns, Func<Row[], string[]> cells) =>
        MarkdownTable.Of(
            ["cell", "T,B,I,H", "threads", "ms", .. columns],
            [
                .. rows.Where(row => row.Peer == "farback")
                    .GroupBy(row => (row.Cell, row.Shape, row.Threads))
                    .OrderBy(group => group.Key.Threads)
                    .Select(group =>
                        (string[])
                            [
                                group.Key.Cell,
                                group.Key.Shape.ToString(),
                                $"{group.Key.Threads}",
                                MarkdownTable.Digits(Median(group.Select(row => row.MedMs))),
                                .. cells([.. group]),
                            ]
                    ),
            ]
        );

    private static string OverRecurrent(Row[] all, IReadOnlyList<Row> rows)
    {
        Row[] alone =
        [
            .. rows.Where(row =>
                (row.Peer, row.What) == ("farback", "map W_h")
                && (row.Cell, row.Shape, row.Threads) == (all[0].Cell, all[0].Shape, all[0].Threads)
            ),
        ];
        return alone.Length == 0 ? "" : MarkdownTable.Digits(Median(all.Zip(alone, (one, other) => one.MedMs / other.MedMs)));
    }

    // the ratio of each round, then the median of the ratios
    private static string[] Against(Row[] ours, Row[] all, string peer)
    {
        Row[] theirs =
        [
            .. all.Where(row => row.Peer == peer && (row.Cell, row.Shape, row.Threads) == (ours[0].Cell, ours[0].Shape, ours[0].Threads)),
        ];
        return theirs.Length == 0
            ? ["", ""]
            :
            [
                MarkdownTable.Digits(Median(theirs.Select(row => row.MedMs))),
                MarkdownTable.Digits(Median(ours.Zip(theirs, (one, other) => other.MedMs / one.MedMs))),
            ];
    }

    private static double Median(IEnumerable<double> numbers)
    {
        double[] sorted = [.. numbers.Order()];
        return sorted[sorted.Length / 2];
    }
}
