using Farback.Adjoints;
using Farback.Networks;

namespace Farback.Diagnosis;

/// <summary>∂s_t/∂s_k, exactly: how the joint state of all layers after one step answers to the joint state after an earlier one.</summary>
/// <remarks>
///   s_t = F(s_{t−1}, x_t) with every part of every layer's state an independent coordinate; J(t,k) = J_t J_{t−1} … J_{k+1}, J_i = ∂s_i/∂s_{i−1}.
///   Coordinates are counted by layer, then part, then unit: (layer 0: h_0 … h_{H−1}, c_0 … c_{H−1}), (layer 1: …). It is the one
///   sweep with the identity for a seed: n rows, n the number of coordinates, walk t − k steps. Cost n · (t − k) vector–Jacobian products of
///   a step; memory n² numbers, and n · T · (inputs of a layer) where layers are stacked. What dropout did in the run is in it.
/// </remarks>
public static class StateJacobian
{
    /// <summary>J(t,k) of one lane, [coordinate of s_t, coordinate of s_k]; the identity where t = k.</summary>
    /// <param name="trace">The run; its layers all run forwards.</param>
    /// <param name="lane">b.</param>
    /// <param name="t">The later step, within the lane's length.</param>
    /// <param name="k">The earlier step; −1 for the state that the run started from.</param>
    /// <exception cref="ArgumentException">The network is bidirectional.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The lane or a step is not one of the run's, or k lies after t.</exception>
    public static double[,] Between<T>(Trace<T> trace, int lane, int t, int k)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(trace);
        Network network = trace.Model.Network;
        if (network.Bidirectional)
            throw new ArgumentException(
                "state Jacobian: a bidirectional network has no joint state that one step carries to the next, because its halves walk in opposite directions; ask a network that runs forwards."
            );
        if ((uint)lane >= (uint)trace.Lanes)
            throw new ArgumentOutOfRangeException(nameof(lane), lane, $"expected a lane from 0 to {trace.Lanes - 1}.");
        if (t < 0 || t >= trace.Batch.Lengths[lane])
            throw new ArgumentOutOfRangeException(
                nameof(t),
                t,
                $"lane {lane} has {trace.Batch.Lengths[lane]} steps; expected one of them, counted from 0."
            );
        if (k < -1 || k > t)
            throw new ArgumentOutOfRangeException(
                nameof(k),
                k,
                $"expected a step from −1 (the initial state) to t = {t}: no state depends on a later one."
            );

        int coordinates = network.Layers * network.Cell.State.Count * network.Hidden;
        var jacobian = new double[coordinates, coordinates];
        if (k == t)
        {
            for (int i = 0; i < coordinates; i++)
                jacobian[i, i] = 1;
            return jacobian;
        }
        new Sweep<T>(trace.Model, trace.Times, coordinates).Walk(
            trace,
            seeds: null,
            RowPlan.Identity(coordinates, lane, t, k),
            new CarriedTo<T>(k + 1, jacobian),
            scaled: true
        );
        return jacobian;
    }

    // what a step's rows carry to the state before it: the paths from s_k through the same step's upper layers are not in it, since those
    // layers' states are coordinates of their own
    private sealed class CarriedTo<T>(int step, double[,] jacobian) : Reader<T>
        where T : unmanaged
    {
        public override void Carried(in Position<T> at)
        {
            if (at.Time != step)
                return;
            int parts = at.Rows.Parts,
                units = at.Rows.Units;
            for (int row = at.First; row < at.Last; row++)
            for (int part = 0; part < parts; part++)
            for (int unit = 0; unit < units; unit++)
                jacobian[row, (at.SiteIndex * parts + part) * units + unit] = Math.ScaleB(
                    Real.ToDouble(at.Rows.At(row, part, unit)),
                    at.Rows.Exponent[row]
                );
        }
    }
}
