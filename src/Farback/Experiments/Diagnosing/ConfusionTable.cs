using System.Text;
using Farback.Cells;
using Farback.Diagnosis;
using Farback.Networks;

namespace Farback.Experiments;

/// <summary>What a diagnosis said of networks of one kind.</summary>
/// <param name="Name">How they were built.</param>
/// <param name="Expected">What they have.</param>
/// <param name="Said">How often which condition was the verdict.</param>
/// <param name="Redrawn">Draws thrown away because their dense growth lay between the classes.</param>
public sealed record ConfusionRow(string Name, Condition Expected, IReadOnlyDictionary<Condition, int> Said, int Redrawn)
{
    /// <summary>How many there were.</summary>
    public int Count => Said.Values.Sum();

    /// <summary>How many got the right verdict.</summary>
    public int Right => Said.GetValueOrDefault(Expected);

    /// <summary>How many healthy ones were called ill; 0 for ill ones.</summary>
    public int FalseAlarms => Expected == Condition.Healthy ? Count - Right - Said.GetValueOrDefault(Condition.Undecided) : 0;
}

/// <summary>The verdict on networks built to be ill, and on healthy ones: how often it is right.</summary>
/// <remarks>
///   What is true of a network is known without the rules: its growth is that of plain products of dense Jacobians in double, and a network
///   counts as vanishing below 10⁻³ at the needed lag, as exploding above 10³ at some lag, as healthy where all lags up to the needed one,
///   and all others from above, lie within 0.1 … 10; what lies between is drawn again. Saturated, dead and shut networks are so by a bound on z. None
///   is trained but where the row says so: a healthy start is one in which nothing stands in the way of
///   learning, and a trained network is healthy when it has learned: 512 fresh sequences in a row right.
/// </remarks>
public static class ConfusionTable
{
    /// <summary>The first seed of the published table; no test uses it or one near it.</summary>
    public const long Seed = 770_000_000;

    private const int TrueSequences = 16;
    private const int MostDraws = 1000;
    private const double Margin = 3, // decades, of the ill
        Within = 1; // decades, of the healthy

    private sealed record Kind(string Name, Condition Expected, Func<RandomStream, BuiltNetwork?> Draw, Func<double[], int, bool>? IsTrue);

    /// <summary>The names of the rows, in order.</summary>
    public static IReadOnlyList<string> Names => [.. Kinds.Select(kind => kind.Name)];

    /// <summary>The table.</summary>
    /// <param name="networks">Networks a row.</param>
    /// <param name="seed">The first seed.</param>
    /// <param name="progress">Told the fraction done and the row at work.</param>
    /// <param name="cancel">Ends it.</param>
    public static IReadOnlyList<ConfusionRow> Of(
        int networks,
        long seed,
        Action<double, string>? progress = null,
        CancellationToken cancel = default
    )
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(networks);
        List<ConfusionRow> rows = [];
        for (int row = 0; row < Kinds.Count; row++)
        {
            Kind kind = Kinds[row];
            Dictionary<Condition, int> said = [];
            int redrawn = 0;
            for (int i = 0; i < networks; i++)
            {
                cancel.ThrowIfCancellationRequested();
                progress?.Invoke((row + (double)i / networks) / Kinds.Count, kind.Name);
                BuiltNetwork built = Draw(kind, seed + row * 1_000_000L + i * 1000L, ref redrawn);
                Condition verdict = NetworkDiagnosis
                    .Of(
                        EvidenceReader.Of(
                            built.Model,
                            built.Asked,
                            BuiltNetwork.Loss,
                            built.NeededLag,
                            LagSource.Task,
                            built.Trained,
                            built.Truncation,
                            seed + i
                        )
                    )
                    .Condition;
                said[verdict] = said.GetValueOrDefault(verdict) + 1;
            }
            rows.Add(new(kind.Name, kind.Expected, said, redrawn));
        }
        return rows;
    }

    /// <summary>The table as Markdown: a row a kind, a column a verdict that occurs.</summary>
    public static string Text(IReadOnlyList<ConfusionRow> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        Condition[] columns =
        [
            .. Enum.GetValues<Condition>()
                .Where(condition => rows.Any(row => row.Expected == condition || row.Said.ContainsKey(condition))),
        ];
        var text = new StringBuilder(
            $"| built | is | right | false alarms | {string.Join(" | ", columns.Select(Conditions.Title))} | drawn again |\n"
        );
        text.Append($"|---|---|{string.Concat(Enumerable.Repeat("--:|", columns.Length + 3))}\n");
        foreach (ConfusionRow row in rows)
            text.Append(
                $"| {row.Name} | {row.Expected.Title()} | {row.Right} of {row.Count} | {(row.Expected == Condition.Healthy ? $"{row.FalseAlarms}" : "–")} | "
                    + $"{string.Join(" | ", columns.Select(column => row.Said.TryGetValue(column, out int count) ? $"{count}" : ""))} | {row.Redrawn} |\n"
            );
        return text.ToString();
    }

    private static BuiltNetwork Draw(Kind kind, long seed, ref int redrawn)
    {
        for (int draw = 0; draw < MostDraws; draw++)
        {
            BuiltNetwork? built = kind.Draw(BuiltNetwork.Stream(seed + draw));
            if (
                built is not null
                && (
                    kind.IsTrue is null
                    || kind.IsTrue(DenseGrowth.Log10(built.Model, built.Asked, BuiltNetwork.Loss, TrueSequences), built.NeededLag)
                )
            )
                return built;
            redrawn++;
        }
        throw new InvalidOperationException($"confusion: none of {MostDraws} draws is {kind.Name}; its margin cannot be met.");
    }

    private static bool Vanishes(double[] growth, int lag) => growth[lag] < -Margin && growth.Max() < Within;

    private static bool Explodes(double[] growth, int lag) => growth.Max() > Margin;

    private static bool Keeps(double[] growth, int lag) => growth[..(lag + 1)].Min() > -Within && growth.Max() < Within;

    private static readonly IReadOnlyList<Kind> Kinds =
    [
        Scaled("identity below 1", AllCells.ElmanIdentity, scale => new IdentityRecurrent(scale), 0.3, 0.85, Condition.Vanishing, Vanishes),
        Scaled("identity at 1", AllCells.ElmanIdentity, scale => new IdentityRecurrent(scale), 1, 1, Condition.Healthy, Keeps),
        Scaled("identity above 1", AllCells.ElmanIdentity, scale => new IdentityRecurrent(scale), 1.2, 2, Condition.Exploding, Explodes),
        Scaled(
            "orthogonal below 1",
            AllCells.ElmanIdentity,
            scale => new OrthogonalRecurrent(scale),
            0.3,
            0.85,
            Condition.Vanishing,
            Vanishes
        ),
        Scaled(
            "orthogonal below 1, tanh",
            AllCells.Elman,
            scale => new OrthogonalRecurrent(scale),
            0.3,
            0.85,
            Condition.Vanishing,
            Vanishes
        ),
        Scaled("orthogonal at 1", AllCells.ElmanIdentity, scale => new OrthogonalRecurrent(scale), 1, 1, Condition.Healthy, Keeps),
        Scaled(
            "orthogonal above 1",
            AllCells.ElmanIdentity,
            scale => new OrthogonalRecurrent(scale),
            1.2,
            2,
            Condition.Exploding,
            Explodes
        ),
        new("saturated gates, any cell with tanh", Condition.Saturated, Saturated, null),
        new("dead relus", Condition.DeadUnits, Dead, null),
        new("a truncation window", Condition.CutByTruncation, random => Windowed(random, cut: true), Keeps),
        new("a window that is long enough", Condition.Healthy, random => Windowed(random, cut: false), Keeps),
        new("a label independent of the past, any cell", Condition.NoPastNeeded, NoPast, null),
        new("LSTM with the output gate shut", Condition.Hidden, Shut, null),
        new("labels that nothing tells, trained on", Condition.NotUsed, Untold, Keeps),
        .. AllCells.List.Select(cell => new Kind($"healthy {cell.Name}", Condition.Healthy, random => Healthy(cell, random), Keeps)),
        .. AllCells.List.Select(cell => new Kind(
            $"healthy {cell.Name}, trained",
            Condition.Healthy,
            random => Learned(cell, random),
            null
        )),
    ];

    private static Kind Scaled(
        string name,
        Cell cell,
        Func<double, RecurrentMatrix> matrix,
        double low,
        double high,
        Condition expected,
        Func<double[], int, bool> isTrue
    ) =>
        new(
            name,
            expected,
            random => BuiltNetwork.Draw(cell, new() { Recurrent = matrix(random.NextUniform(low, high)) }, 10 + random.Next(31), random),
            isTrue
        );

    private static Cell Any(RandomStream random, params Cell[] cells) => cells[random.Next(cells.Length)];

    // |z| ≥ 12 − 16/√16 − 3/√16 > 7 everywhere but in the output gate, whose fault would be another; peepholes have no such bound
    private static BuiltNetwork Saturated(RandomStream random)
    {
        BuiltNetwork built = BuiltNetwork.Draw(
            Any(random, AllCells.Elman, AllCells.Lstm, AllCells.Gru, AllCells.GruResetBefore),
            Initial.Default,
            1 + random.Next(20),
            random
        );
        foreach (Gate gate in built.Model.Network.Cell.Gates)
            if (gate.Name != "o")
                foreach (ref double bias in built.BiasOf(gate.Name))
                    bias = random.Next(2) == 1 ? 12 : -12;
        built.Model.Pack();
        return built;
    }

    // z ≤ −12 + what the few living units can add
    private static BuiltNetwork Dead(RandomStream random)
    {
        BuiltNetwork built = BuiltNetwork.Draw(AllCells.ElmanRelu, Initial.Default, 1 + random.Next(20), random);
        Span<double> bias = built.BiasOf(built.Model.Network.Cell.Gates[0].Name);
        int dead = bias.Length * 3 / 4 + random.Next(bias.Length / 4 + 1);
        for (int unit = 0; unit < dead; unit++)
            bias[unit] = -12;
        built.Model.Pack();
        return built;
    }

    // an error that arrives, and a window of at most half, or at least twice, what it takes
    private static BuiltNetwork Windowed(RandomStream random, bool cut)
    {
        int lag = 8 + random.Next(24),
            stride = 1 + random.Next(lag / 2),
            window = cut ? Math.Max(stride, 1 + random.Next(lag / 2)) : 2 * lag + stride;
        BuiltNetwork built = BuiltNetwork.Draw(AllCells.ElmanIdentity, new() { Recurrent = new OrthogonalRecurrent(1) }, lag, random);
        return built with { Truncation = new(window, stride) };
    }

    private static BuiltNetwork NoPast(RandomStream random) =>
        BuiltNetwork.Draw(AllCells.List[random.Next(AllCells.List.Count)], Initial.Default, 1 + random.Next(20), random, LabelOf.Present);

    private static BuiltNetwork Shut(RandomStream random)
    {
        BuiltNetwork built = BuiltNetwork.Draw(
            Any(random, AllCells.Lstm, AllCells.LstmPeephole),
            Any(random, Initial.Default, Initial.Parse("forget=1"), Initial.Parse("chrono=20")),
            1 + random.Next(20),
            random
        );
        foreach (ref double bias in built.BiasOf("o"))
            bias = -random.NextUniform(8, 12);
        built.Model.Pack();
        return built;
    }

    private static Initial Any(RandomStream random, params Initial[] initials) => initials[random.Next(initials.Length)];

    // every start that suits the cell, at a lag that its error reaches
    private static BuiltNetwork Healthy(Cell cell, RandomStream random)
    {
        string[] starts =
            cell.Gates.Any(gate => gate.Name == "f") ? ["default", "orthogonal", "forget=1", "forget=3", "chrono=20"]
            : cell.Gates.Count > 1 ? ["default", "orthogonal"]
            : ["default", "orthogonal", "identity", "gaussian=0.95"];
        return BuiltNetwork.Draw(cell, Initial.Parse(starts[random.Next(starts.Length)]), 1 + random.Next(12), random);
    }

    // it has learned what it needs, so it is healthy whatever its gradient is now; those that have not are drawn again
    private static BuiltNetwork? Learned(Cell cell, RandomStream random)
    {
        BuiltNetwork built = Healthy(cell, random) with { Trained = true };
        return built.Train(random, 400) ? built : null;
    }

    // an error that still arrives, and nothing that it could teach
    private static BuiltNetwork Untold(RandomStream random)
    {
        BuiltNetwork built = BuiltNetwork.Draw(
            Any(random, AllCells.Lstm, AllCells.LstmPeephole),
            Initial.Parse("forget=3"),
            1 + random.Next(12),
            random,
            LabelOf.Nothing
        );
        built.Train(random, 50, LabelOf.Nothing);
        return built with { Trained = true };
    }
}
