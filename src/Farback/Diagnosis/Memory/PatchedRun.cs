using Farback.Networks;
using Farback.Sequences;
using Farback.Tiles;

namespace Farback.Diagnosis;

/// <summary>Overwrites a lane's state after a step.</summary>
/// <param name="run">The run of a layer.</param>
/// <param name="layer">The layer.</param>
/// <param name="step">k; the state after it is <c>run.State(k + 1, …)</c>.</param>
/// <param name="lane">b.</param>
internal delegate void Patch(LayerTrace<double> run, int layer, int step, int lane);

/// <summary>A run in which states are overwritten on the way: s_k := what the patch puts there, then on as ever.</summary>
/// <remarks>Whatever reads the state of step k sees the new one: the next step, the layer above and the read-out at k.</remarks>
internal static class PatchedRun
{
    /// <summary>Runs a batch and patches each lane after the steps that are asked for.</summary>
    /// <param name="model">The model; its layers all run forwards.</param>
    /// <param name="batch">The sequences.</param>
    /// <param name="patched">Whether a lane is patched after a step.</param>
    /// <param name="patch">What is put there.</param>
    /// <param name="reuse">A trace of such a run, whose memory may be overwritten.</param>
    public static Trace<double> Of(Model<double> model, Batch batch, Func<int, int, bool> patched, Patch patch, Trace<double>? reuse = null)
    {
        Check(model.Network);
        Trace<double> trace =
            reuse is not null && reuse.Fits(model, batch.Times, batch.Lanes) ? reuse : new(model, batch.Times, batch.Lanes);
        trace.Begin(batch);
        for (int site = 0; site < model.Sites.Count; site++)
        {
            trace.Ready(site, null);
            int from = 0;
            for (int step = 0; step < batch.Times && !model.Sites[site].IsReadOut; step++)
            {
                for (int lane = 0; lane < batch.Lanes; lane++)
                {
                    if (!batch.IsValid(step, lane) || !patched(step, lane))
                        continue;
                    model.Recurrences[site].Forward(trace.Layers[site], from, step + 1);
                    from = step + 1;
                    patch(trace.Layers[site], site, step, lane);
                }
            }
            model.Recurrences[site].Forward(trace.Layers[site], from, batch.Times);
        }
        return trace;
    }

    /// <summary>Puts one number of a state.</summary>
    public static void Put(LayerTrace<double> run, int step, int lane, int part, int unit, double value)
    {
        run.State(step + 1, lane, part, unit) = value;
        if (part == 0)
            run.H(step + 1, lane)[unit] = value;
    }

    /// <summary>Refuses a network whose state is not carried from one step to the next.</summary>
    public static void Check(Network network)
    {
        if (network.Bidirectional)
            throw new ArgumentException(
                "memory: a bidirectional network has no state that one step hands to the next, because its halves walk in opposite directions; ask a network that runs forwards."
            );
    }
}
