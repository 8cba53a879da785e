using Farback.Adjoints;
using Farback.Gradients;
using Farback.Networks;
using Farback.Tiles;

namespace Farback.Diagnosis;

/// <summary>What came of putting part of one sequence's state into its pair's.</summary>
/// <param name="Part">Which part: all of it, h, c, a layer, a unit.</param>
/// <param name="Lag">ℓ: the states after step t − ℓ were exchanged.</param>
/// <param name="Flipped">The share of answers that became the other sequence's, among pairs that the network answers differently.</param>
/// <param name="Moved">How far the logit difference between the two right answers went, 0 not at all, 1 to where the other sequence has it.</param>
/// <param name="Pairs">How many pairs there are with a state at that lag, flippable or not.</param>
/// <param name="Adjoint">For the whole state: ⟨λ[t,k], s_k(other) − s_k(one)⟩ against the true change of the loss, as a correlation over pairs; null elsewhere.</param>
public sealed record SwapEffect(string Part, int Lag, Estimate Flipped, Estimate Moved, int Pairs, double? Adjoint);

/// <summary>Interchange of states between paired sequences: what of the past is in which part of the state, and is acted on.</summary>
/// <remarks>
///   The run of « the cats … » is given part of the state that « the cat … » has after the same step, and goes on with its own words. If the
///   answer becomes that of the other, what decides it was in that part at that step, and nowhere else. The exchanged state is seen by the
///   next step, the layer above and the read-out of the same step, so that at lag 0 whatever feeds the read-out flips and whatever does
///   not (c alone) cannot. Source: Geiger et al. 2021 (interchange interventions); Vig et al. 2020.
/// </remarks>
public sealed class Interchange
{
    private readonly Model<double> _model;
    private readonly ContrastPairs _pairs;
    private readonly Loss _loss;
    private readonly Trace<double> _one,
        _other;
    private readonly Saying _oneSaid,
        _otherSaid;
    private readonly double[][]? _adjoints; // [step] → [lane][coordinate], ∂L/∂s_k

    /// <summary>Runs both sequences of every pair.</summary>
    /// <param name="model">The model; its layers all run forwards.</param>
    /// <param name="pairs">The pairs.</param>
    /// <param name="loss">L.</param>
    /// <exception cref="ArgumentException">The network is bidirectional.</exception>
    public Interchange(Model<double> model, ContrastPairs pairs, Loss loss)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(pairs);
        ArgumentNullException.ThrowIfNull(loss);
        PatchedRun.Check(model.Network);
        (_model, _pairs, _loss) = (model, pairs, loss);
        _one = model.Forward(pairs.One.Batch);
        _other = model.Forward(pairs.Other.Batch);
        (_oneSaid, _otherSaid) = (new(_one, pairs.One, loss), new(_other, pairs.Other, loss));
        _adjoints = AdjointsOf(_one);
    }

    /// <summary>The share of pairs that the network answers differently: only those can flip.</summary>
    public Estimate Differs => Estimate.OfShare(Enumerable.Range(0, _pairs.Count).Count(IsFlippable), _pairs.Count);

    /// <summary>E KL(p ‖ p') between the two sequences of a pair, nats: for minimal pairs, what the cue does to the answer.</summary>
    public Estimate Moved => Estimate.OfMean([.. Enumerable.Range(0, _pairs.Count).Select(lane => _oneSaid.MovedTo(_otherSaid, lane))]);

    /// <summary>The parts that have a name: the whole state, then each part of each layer.</summary>
    public IReadOnlyList<StatePart> Parts => StatePart.Of(_model.Network);

    /// <summary>Exchanges a part of the state ℓ steps before the asked place.</summary>
    public SwapEffect Swap(StatePart part, int lag)
    {
        ArgumentNullException.ThrowIfNull(part);
        int[] lanes = [.. Enumerable.Range(0, _pairs.Count).Where(lane => _pairs.One.Times[lane] >= lag)];
        var said = new Saying(Run(part, (step, lane) => step == _pairs.One.Times[lane] - lag), _pairs.One, _loss);
        return Effect(part, lag, lanes, said, part.IsWhole && lag > 0 ? Correlation(lanes, lag, said) : null);
    }

    /// <summary>Exchanges a part at every step from ℓ steps before the asked place up to it: the part lives in the other sequence.</summary>
    public SwapEffect Hold(StatePart part, int lag)
    {
        ArgumentNullException.ThrowIfNull(part);
        int[] lanes = [.. Enumerable.Range(0, _pairs.Count).Where(lane => _pairs.One.Times[lane] >= lag)];
        bool Held(int step, int lane) => step >= _pairs.One.Times[lane] - lag && step <= _pairs.One.Times[lane];
        return Effect(part, lag, lanes, new Saying(Run(part, Held), _pairs.One, _loss), null);
    }

    private Trace<double> Run(StatePart part, Func<int, int, bool> when) =>
        PatchedRun.Of(
            _model,
            _pairs.One.Batch,
            when,
            (run, layer, step, lane) =>
            {
                LayerTrace<double> other = _other.Layers[layer];
                for (int p = 0; p < run.StateParts; p++)
                for (int unit = 0; unit < run.Units; unit++)
                    if (part.Holds(layer, p, unit))
                        PatchedRun.Put(run, step, lane, p, unit, other.State(step + 1, lane, p, unit));
            }
        );

    private SwapEffect Effect(StatePart part, int lag, int[] lanes, Saying said, double? adjoint)
    {
        int[] flippable = [.. lanes.Where(IsFlippable)];
        return new(
            part.Name,
            lag,
            Estimate.OfShare(flippable.Count(lane => said.Said(lane) == _otherSaid.Said(lane)), flippable.Length),
            Estimate.Of(
                lanes.Length,
                chosen =>
                    chosen.Sum(i => Margin(said, lanes[i]) - Margin(_oneSaid, lanes[i]))
                    / chosen.Sum(i => Margin(_otherSaid, lanes[i]) - Margin(_oneSaid, lanes[i]))
            ),
            lanes.Length,
            adjoint
        );
    }

    private bool IsFlippable(int lane) => _oneSaid.Said(lane) != _otherSaid.Said(lane);

    // in favour of the other sequence's right answer
    private double Margin(Saying said, int lane) =>
        said.Outputs[lane][_pairs.Other.Class(lane)] - said.Outputs[lane][_pairs.One.Class(lane)];

    private double? Correlation(int[] lanes, int lag, Saying said)
    {
        double[] foretold = [.. lanes.Select(lane => Foretold(lane, _pairs.One.Times[lane] - lag))],
            found = [.. lanes.Select(lane => said.Losses[lane] - _oneSaid.Losses[lane])];
        double a = foretold.Average(),
            b = found.Average(),
            ab = foretold.Zip(found, (x, y) => (x - a) * (y - b)).Sum(),
            aa = foretold.Sum(x => (x - a) * (x - a)),
            bb = found.Sum(y => (y - b) * (y - b));
        return aa > 0 && bb > 0 ? ab / Math.Sqrt(aa * bb) : null;
    }

    // ⟨λ[t,k], s_k(other) − s_k(one)⟩
    private double Foretold(int lane, int k)
    {
        Network network = _model.Network;
        int parts = network.Cell.State.Count;
        double sum = 0;
        for (int at = 0; at < network.Layers * parts * network.Hidden; at++)
        {
            int layer = at / (parts * network.Hidden),
                part = at / network.Hidden % parts,
                unit = at % network.Hidden;
            sum +=
                _adjoints![k][lane * network.Layers * parts * network.Hidden + at]
                * (_other.Layers[layer].State(k + 1, lane, part, unit) - _one.Layers[layer].State(k + 1, lane, part, unit));
        }
        return sum;
    }

    private double[][] AdjointsOf(Trace<double> trace)
    {
        Network network = _model.Network;
        int size = network.Layers * network.Cell.State.Count * network.Hidden;
        double[][] adjoints = [.. Enumerable.Range(0, trace.Times).Select(_ => new double[trace.Lanes * size])];
        var seeds = Seeds<double>.Of(trace, LossField.Of(trace, _loss, Reduction.Sum), scaled: false);
        new Sweep<double>(_model, trace.Times, trace.Lanes).Walk(
            trace,
            seeds,
            RowPlan.OneRowPerLane(trace.Times, trace.Lanes),
            new StateAdjoints(adjoints, size),
            scaled: false
        );
        return adjoints;
    }

    // λ on the joint state after step k: what step k + 1 carries back to it
    private sealed class StateAdjoints(double[][] adjoints, int size) : Reader<double>
    {
        public override void Carried(in Position<double> at)
        {
            if (at.Time == 0)
                return;
            for (int row = at.First; row < at.Last; row++)
            for (int part = 0; part < at.Rows.Parts; part++)
            for (int unit = 0; unit < at.Rows.Units; unit++)
                adjoints[at.Time - 1][row * size + (at.SiteIndex * at.Rows.Parts + part) * at.Rows.Units + unit] = at.Rows.At(
                    row,
                    part,
                    unit
                );
        }
    }
}
