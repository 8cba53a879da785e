using Farback.Networks;

namespace Farback.Diagnosis;

/// <summary>A unit, by its layer and its number in it.</summary>
/// <param name="Layer">l.</param>
/// <param name="Unit">From 0.</param>
public readonly record struct UnitPlace(int Layer, int Unit);

/// <summary>What is left when a unit says the same in every sequence.</summary>
/// <param name="Unit">Which.</param>
/// <param name="Left">The skill without it, on the sequences by which it was chosen.</param>
public sealed record UnitEffect(UnitPlace Unit, double Left);

/// <summary>Does one unit carry it? Units are silenced one by one, then the smallest set without which nothing is known.</summary>
/// <param name="Whole">The skill of the whole network, on sequences that chose nothing.</param>
/// <param name="Chance">What saying always the same gets there.</param>
/// <param name="Units">Every unit by what is left without it, the least first.</param>
/// <param name="Strongest">The skill without the first of them, on sequences that chose nothing.</param>
/// <param name="Others">The control: without a random other unit, the mean over draws, same sequences.</param>
/// <param name="Smallest">A set without which the skill cannot be told from chance, and none of whose units can be spared; empty where there is none.</param>
/// <param name="WithoutSmallest">The skill without that set, on sequences that chose nothing; null where there is none.</param>
/// <param name="WithoutAsMany">The control: without as many random other units, the mean over draws.</param>
public sealed record UnitAblation(
    Estimate Whole,
    double Chance,
    IReadOnlyList<UnitEffect> Units,
    Estimate Strongest,
    Estimate Others,
    IReadOnlyList<UnitPlace> Smallest,
    Estimate? WithoutSmallest,
    Estimate? WithoutAsMany
)
{
    private const int Draws = 8;
    private const int PurposeOfDraws = 5008;

    /// <summary>One unit carries it: without it the skill cannot be told from chance, without a random other one most of it stays.</summary>
    public bool OneUnitCarries => Whole.Low > Chance && Strongest.Low <= Chance && Others.Value - Chance > 0.5 * (Whole.Value - Chance);

    /// <summary>Silences units.</summary>
    /// <remarks>
    ///   A silenced unit's whole state (h and c) is put, after every step before the asked one, to its mean over the sequences at that step: it goes
    ///   through its motions and hands nothing on from the past. Half of the sequences choose the units, the other half judges them, so that the
    ///   best of H cannot look good by chance. The set: units in the order of what is left without them, as few as bring the choosing half's
    ///   interval down to chance, then those spared that can be; it is small, and there may be a smaller one. One run a unit.
    /// </remarks>
    /// <param name="model">The model; its layers all run forwards.</param>
    /// <param name="asked">The sequences; at least four.</param>
    /// <param name="loss">L.</param>
    /// <param name="seed">The seed of the controls.</param>
    /// <param name="progress">Told of the part that is done.</param>
    /// <param name="cancel">Asked before every unit.</param>
    /// <exception cref="ArgumentException">There are fewer than four sequences, or the network is bidirectional.</exception>
    public static UnitAblation Of(
        Model<double> model,
        AskedPlaces asked,
        Loss loss,
        long seed = 1,
        Action<double>? progress = null,
        CancellationToken cancel = default
    )
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(asked);
        if (asked.Lanes < 4)
            throw new ArgumentException(
                $"ablation: expected at least four sequences, two to choose by and two to judge by, got {asked.Lanes}."
            );
        int half = asked.Lanes / 2;
        var choosing = new Silence(model, asked.Only([.. Enumerable.Range(0, half)]), loss);
        var judging = new Silence(model, asked.Only([.. Enumerable.Range(half, asked.Lanes - half)]), loss);
        Network network = model.Network;
        UnitPlace[] all =
        [
            .. Enumerable.Range(0, network.Layers * network.Hidden).Select(i => new UnitPlace(i / network.Hidden, i % network.Hidden)),
        ];
        List<UnitEffect> units = [];
        foreach (UnitPlace unit in all)
        {
            cancel.ThrowIfCancellationRequested();
            units.Add(new(unit, choosing.Skill([unit]).Value));
            progress?.Invoke((double)units.Count / all.Length);
        }
        UnitEffect[] ordered = [.. units.OrderBy(unit => unit.Left)]; // stable: equals stay in their order
        UnitPlace[] order = [.. ordered.Select(unit => unit.Unit)];
        UnitPlace[] smallest = Fewest(choosing, order);
        var random = new RandomStream(seed, PurposeOfDraws);
        return new(
            judging.Skill([]),
            judging.Chance,
            ordered,
            judging.Skill([order[0]]),
            Control(judging, order[1..], 1, random),
            smallest,
            smallest.Length == 0 ? null : judging.Skill(smallest),
            smallest.Length == 0 ? null : Control(judging, [.. order.Except(smallest)], smallest.Length, random)
        );
    }

    private static UnitPlace[] Fewest(Silence choosing, UnitPlace[] order)
    {
        bool Silent(IReadOnlyCollection<UnitPlace> units) => choosing.Skill(units).Low <= choosing.Chance;
        if (Silent([]) || !Silent(order))
            return [];
        int few = 0,
            enough = order.Length;
        while (enough - few > 1)
        {
            int middle = (few + enough) / 2;
            (few, enough) = Silent(order[..middle]) ? (few, middle) : (middle, enough);
        }
        List<UnitPlace> set = [.. order[..enough]];
        for (int at = set.Count - 1; at >= 0; at--)
        {
            UnitPlace[] without = [.. set.Where((_, i) => i != at)];
            if (without.Length > 0 && Silent(without))
                set.RemoveAt(at);
        }
        return [.. set];
    }

    private static Estimate Control(Silence judging, UnitPlace[] others, int count, RandomStream random)
    {
        if (others.Length < count)
            return Estimate.Nothing;
        double[] skills = new double[Draws];
        for (int draw = 0; draw < Draws; draw++)
        {
            random.Shuffle<UnitPlace>(others);
            skills[draw] = judging.Skill(others[..count]).Value;
        }
        return new(skills.Average(), skills.Min(), skills.Max(), Draws);
    }

    // runs with some units at their means
    private sealed class Silence
    {
        private readonly Model<double> _model;
        private readonly AskedPlaces _asked;
        private readonly Loss _loss;
        private readonly double[][] _means; // [layer] → [step][part][unit]
        private Trace<double>? _trace;

        public Silence(Model<double> model, AskedPlaces asked, Loss loss)
        {
            PatchedRun.Check(model.Network);
            (_model, _asked, _loss) = (model, asked, loss);
            Chance = Diagnosis.Skill.Chance(asked);
            Trace<double> trace = model.Forward(asked.Batch);
            int parts = model.Network.Cell.State.Count,
                units = model.Network.Hidden;
            _means = [.. Enumerable.Range(0, model.Network.Layers).Select(_ => new double[asked.Batch.Times * parts * units])];
            for (int layer = 0; layer < model.Network.Layers; layer++)
            for (int step = 0; step < asked.Batch.Times; step++)
            {
                int[] lanes = [.. Enumerable.Range(0, asked.Lanes).Where(lane => asked.Batch.IsValid(step, lane))];
                for (int i = 0; i < parts * units && lanes.Length > 0; i++)
                    _means[layer][step * parts * units + i] = lanes.Average(lane =>
                        trace.Layers[layer].State(step + 1, lane, i / units, i % units)
                    );
            }
        }

        public double Chance { get; }

        public Estimate Skill(IReadOnlyCollection<UnitPlace> units)
        {
            HashSet<UnitPlace> silent = [.. units];
            int hidden = _model.Network.Hidden;
            UnitPlace[][] byLayer =
            [
                .. Enumerable.Range(0, _model.Network.Layers).Select(layer => silent.Where(unit => unit.Layer == layer).ToArray()),
            ];
            _trace = PatchedRun.Of(
                _model,
                _asked.Batch,
                (step, lane) => silent.Count > 0 && step < _asked.Times[lane],
                (run, layer, step, lane) =>
                {
                    foreach (UnitPlace unit in byLayer[layer])
                        for (int part = 0; part < run.StateParts; part++)
                            PatchedRun.Put(
                                run,
                                step,
                                lane,
                                part,
                                unit.Unit,
                                _means[layer][(step * run.StateParts + part) * hidden + unit.Unit]
                            );
                },
                _trace
            );
            var said = new Saying(_trace, _asked, _loss);
            return Diagnosis.Skill.Of(_asked, said.Merit);
        }
    }
}
