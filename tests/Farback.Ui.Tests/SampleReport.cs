using Farback.Diagnosis;
using Farback.Diagnosis.Spectra;
using Farback.Gradients;
using Farback.Reports;

namespace Farback.Ui.Tests;

/// <summary>A made-up report with the shape of a real one: two networks, four distances, fading and kept gradients, every kind of entry.</summary>
internal static partial class SampleReport
{
    /// <summary>The distances between subject and verb.</summary>
    public static readonly int[] Lags = [5, 11, 21, 41];

    /// <summary>The whole report.</summary>
    public static Report Make() =>
        new()
        {
            Question = "Can “was” still teach “cat”?",
            Answer =
                "Over 21 words the Elman network cannot learn it: after 8 words less than a hundredth of the error is left; the LSTM did, with 31 % left at the subject.",
            Networks = [Elman(), Lstm()],
            Sum = Sum(),
            Provenance = new Provenance(
                "Farback 0.1.0",
                "farback learn --distance 21 --seeds 5",
                "float64, eight numbers a register",
                "the sum of the losses at every word, averaged over 32 sentences",
                [1, 2, 3, 4, 5],
                ["Every number is computed from the run with seed 1 unless it says otherwise.", "The test sentences were not trained on."]
            ),
        };

    private static NetworkReport Elman() =>
        Network(
            "Elman",
            after: -0.262,
            before: -0.243,
            Verdict.Of(21, new Horizon(0.01, 8, false, 9, 7, 9), 0.54, 0.5),
            [
                new Card("Over 21 words", "cannot learn it", "54 % of the verbs are right, where a guess gets 50 %."),
                new Card("Half is left after", "1.1 words", "Each word back takes 45 % of what is left."),
                new Card("Words needed, words reached", "21 needed, 8 reached", "A hundredth of the error is left after 8 words."),
            ],
            [0.52, 0.54, 0.49, 0.51, 0.55],
            bound: 0.038
        );

    private static NetworkReport Lstm() =>
        Network(
            "LSTM",
            after: -0.0242,
            before: -0.115,
            Verdict.Of(21, new Horizon(0.01, 41, true, null, 41, 41), 0.998, 0.5),
            [
                new Card("Over 21 words", "did", "99.8 % of the verbs are right, where a guess gets 50 %."),
                new Card("Half is left after", "12.4 words", "Each word back takes 5 % of what is left."),
                new Card("Words needed, words reached", "21 needed, 41 or more reached", "A hundredth of the error is left all the way."),
            ],
            [0.998, 1, 0.996, 0.61, 1],
            bound: null
        );

    private static NetworkReport Network(
        string name,
        double after,
        double before,
        Verdict verdict,
        Card[] cards,
        double[] verbs,
        double? bound
    ) =>
        new()
        {
            Name = name,
            Verdict = verdict,
            Cards = cards,
            Sentences = [.. Lags.Select(lag => Sentence(lag, after, before))],
            ShownFirst = 2,
            ProfileBefore = Profile(before),
            ProfileAfter = Profile(after),
            Log10BoundPerStep = bound,
            SharesBefore = Shares(before),
            SharesAfter = Shares(after),
            SpectrumBefore = Keeps(name, before),
            SpectrumAfter = Keeps(name, after),
            Chain = Chain(name, after),
            Roles = [new Roles("W_x", 0.62, 0.38, 0.21), new Roles("W_h", 0.55, 0.45, -0.13), new Roles("W_y", 1, 0, null)],
            Accuracy =
            [
                new AccuracyAtLag(0, "a word that needs no other", [1, 0.999, 1, 1, 1], 4096),
                new AccuracyAtLag(5, "the verb", [.. verbs.Select(v => Math.Min(1, v + 0.42))], 512),
                new AccuracyAtLag(21, "the verb", verbs, 512),
            ],
            Runs =
            [
                .. verbs.Select(
                    (v, i) =>
                        new RunResult(
                            i + 1,
                            v,
                            0.9995,
                            3000,
                            v >= 0.99 ? 1200 + (150 * i) : null,
                            0.412 + (0.01 * i),
                            Reached(before),
                            Reached(after)
                        )
                ),
            ],
            Details =
            [
                new Figure(
                    "Residual",
                    "3.1·10⁻¹⁶",
                    "How far the sum of the map is from the gradient of ordinary backpropagation through time."
                ),
                new Figure("Cancellation κ", "2.7", "How many times larger the sizes together are than the size of their sum."),
            ],
        };

    // exponents, singular values and gates as they might be, one direction gone and one growing among them
    private static NetworkSpectrum Keeps(string name, double slope)
    {
        LyapunovExponent[] exponents =
        [
            .. Enumerable
                .Range(0, 11)
                .Select(i => (slope * 2.3) - (0.4 * i) + (i == 0 ? 0.1 : 0))
                .Select(value => new LyapunovExponent(value, value - 0.05, value + 0.04)),
            new LyapunovExponent(double.NegativeInfinity, double.NegativeInfinity, double.NegativeInfinity),
        ];
        Eigenvalue[] points =
        [
            .. Enumerable
                .Range(0, 12)
                .Select(i => new Eigenvalue(Math.Cos(i) * (1.3 + slope) * i / 11, Math.Sin(i) * (1.3 + slope) * i / 11)),
        ];
        double[] bins = [0.3, 0.1, 0.05, 0.05, 0, 0.05, 0.05, 0.1, 0.1, 0.2];
        return new(
            $"{name}, 12 units",
            "4 test sentences, from the verb back",
            "word",
            new()
            {
                States =
                [
                    new()
                    {
                        Name = "layer 0",
                        Coordinates = 12,
                        Sequences = 4,
                        Lags =
                        [
                            .. new[] { 1, 2, 5, 13, 42 }.Select(lag => new LagSpectrum(
                                lag,
                                0.2 + (slope * lag),
                                (slope * lag) - 0.1,
                                (slope - 0.2) * lag,
                                (slope - 0.6) * lag,
                                double.NegativeInfinity,
                                lag == 42 ? null : slope * lag,
                                lag == 42 ? null : 0.3,
                                lag == 42 ? null : 0.97,
                                4
                            )),
                        ],
                        Exponents = exponents,
                        ExponentSteps = 160,
                        BurnIn = 8,
                        StepEigenvalues = points,
                    },
                ],
                Recurrent =
                    name == "LSTM"
                        ? [.. "ifgo".Select(gate => new RecurrentSpectrum($"weight_hh_l0.{gate}", 1.1, 2.3, points))]
                        : [new RecurrentSpectrum("weight_hh_l0", 1.1, 2.3, points)],
                Log10BoundPerStep = name == "LSTM" ? null : 0.36,
                Gates =
                [
                    .. (name == "LSTM" ? "ifgo" : " ").Select(gate => new GateSpectrum
                    {
                        Site = "layer 0",
                        Gate = $"{gate}".Trim(),
                        Activation = gate is 'g' or ' ' ? Numbers.ActivationKind.Tanh : Numbers.ActivationKind.Sigmoid,
                        Values = new(gate is 'g' or ' ' ? -1 : 0, 1, bins),
                        Slopes = new(0, gate is 'g' or ' ' ? 1 : 0.25, bins),
                        Low = 0.3,
                        High = 0.2,
                        MeanValue = 0.41,
                        MeanSlope = 0.37,
                        StuckUnits = 0.25,
                        DeadUnits = 0,
                        Units = 12,
                        Places = 172,
                    }),
                ],
                Memory = name == "LSTM" ? [new("layer 0", "f", [0.4, 3.1, double.PositiveInfinity], [new(1, -0.4, -0.1, 0)])] : [],
            }
        );
    }

    // an error of 0.5 that keeps 10^slope a step over 21 steps
    private static ChainView Chain(string name, double slope)
    {
        var words = Words(21);
        var factors = new List<ChainFactor>
        {
            new(ChainPart.Error, 22, 22, Math.Log10(0.5), Math.Log10(0.5)),
            new(
                ChainPart.ReadOut,
                22,
                22,
                0.1,
                Math.Log10(0.5) + 0.1,
                Log10StateParts: name == "LSTM" ? [-0.2, double.NegativeInfinity] : null
            ),
        };
        for (var k = 22; k > 1; k--)
        {
            factors.Add(
                new ChainFactor(
                    ChainPart.Transport,
                    k,
                    k - 1,
                    slope,
                    factors[^1].Log10SoFar + slope,
                    name == "Elman" ? slope / 3 : null,
                    name == "Elman" ? slope * 2 / 3 : null,
                    name == "LSTM" ? [slope - 1, slope] : null,
                    slope + 0.3
                )
            );
        }

        factors.Add(new ChainFactor(ChainPart.Local, 1, 1, -0.05, factors[^1].Log10SoFar - 0.05));
        factors.Add(new ChainFactor(ChainPart.Operand, 1, 1, 0.4, factors[^1].Log10SoFar + 0.4));
        var numbers = Enumerable.Range(0, words.Length).Select(i => Math.Sin(i + 1) / 100).ToArray();
        var soFar = numbers.Select((_, i) => numbers.Take(i + 1).Sum()).ToArray();
        return new ChainView
        {
            Network = $"{name}, 32 units",
            Hidden = 32,
            Words = words,
            Chain = new EntryChain
            {
                Loss = 22,
                Use = 1,
                Series = "weight_hh_l0",
                Class = CellClass.Value,
                StateParts = name == "LSTM" ? ["h", "c"] : ["h"],
                Factors = factors,
                IsSplitExact = name == "Elman",
                Log10Product = factors[^1].Log10SoFar,
                Log10Map = factors[^1].Log10SoFar,
                Log10Dual = factors[^1].Log10SoFar,
                Log10JacobianOfProduct = (slope + 0.2) * 21,
                Weight = new ChainWeight("weight_hh_l0", 4, 2, 0.00123, 0.00123),
            },
            Sums = new RunningSums(numbers, soFar, numbers, soFar, soFar[^1], 1e-17),
            Forum = new ForumFormula(-4.3e-5, 7.9e-4, 9.2e-4, -1.3e-4, 7.9e-4, 7.9e-4, 0.196, 0.6),
        };
    }

    private static Horizon Reached(double slope) =>
        slope < -0.05
            ? new Horizon(0.01, (int)(-2 / slope), false, (int)(-2 / slope) + 1, null, null)
            : new Horizon(0.01, 41, true, null, null, null);

    private static LagProfile Profile(double slope) =>
        new()
        {
            Points =
            [
                .. Enumerable
                    .Range(0, 43)
                    .Select(lag => new LagPoint(
                        lag,
                        Level(slope, lag),
                        Level(slope, lag) - (0.05 * Math.Sqrt(lag)) - (0.01 * lag),
                        Level(slope, lag) + (0.06 * Math.Sqrt(lag)) + (0.01 * lag),
                        Level(slope, lag) + (0.004 * lag),
                        32 * (43 - lag)
                    )),
            ],
            Rate = -slope * Math.Log(10),
            Intercept = 0,
            HalfLife = Math.Log(2) / (-slope * Math.Log(10)),
            Tenth = new Horizon(0.1, (int)(-1 / slope), false, (int)(-1 / slope) + 1, null, null),
            Hundredth = Reached(slope),
            Cohort = 1376,
            Dropped = 32,
        };

    private static double Level(double slope, int lag) => lag == 0 ? 0 : (slope * lag) + (0.08 * Math.Sin(lag * 0.9));

    private static LagShare[] Shares(double slope)
    {
        var raw = Enumerable.Range(0, 43).Select(lag => Math.Pow(10, slope * lag) * (lag % 7 == 3 ? -0.3 : 1)).ToArray();
        var total = raw.Sum() / 0.92;
        return [.. raw.Select((share, lag) => new LagShare(lag, share / total))];
    }
}
