using System.Runtime.CompilerServices;
using Farback.Tiles;

namespace Farback.Networks;

/// <summary>What a run and its way back take in memory, before anything is taken.</summary>
public static class RunMemory
{
    /// <summary>Bytes of the trace, the losses, the seeds and the deltas of T steps of B lanes; parameters and the batch itself are not counted.</summary>
    /// <remarks>
    ///   T·B·(Σ over layers and directions of [x, h, operand, state, record, δ] + two layers' inputs on the way down + read-out and its seeds), in the
    ///   run's precision; losses, seeds' marks and ∂J/∂y besides in double. At most: δ is counted whole, as truncation keeps it, where an ordinary
    ///   gradient keeps a stretch of steps.
    /// </remarks>
    public static long Of<T>(Model<T> model, int times, int lanes)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(model);
        Network network = model.Network;
        long numbers = 0,
            widest = 0;
        for (int index = 0; index < model.Recurrences.Count; index++) // a foreach would allocate, at every step of a training
        {
            Recurrence<T> site = model.Recurrences[index];
            int ofUnit =
                1
                + (site.HasGate ? 1 : 0)
                + (site.StateParts > 1 ? site.StateParts : 0)
                + site.RecordParts
                + site.CellSums
                + site.GateSums
                + site.UnitParameters;
            numbers += site.Inputs + (long)site.PaddedUnits * ofUnit;
            widest = Math.Max(widest, site.PaddedInputs);
        }
        int fed = network.Layers - 1 + (network.Words > 0 ? 1 : 0);
        numbers += Math.Min(2, fed) * widest;
        if (model.ReadOut >= 0)
            numbers += model.Recurrences[model.ReadOut].PaddedInputs;
        if (network.Dropout > 0)
            numbers += (network.Layers - 1L) * network.LayerOutputs;
        long inDouble = network.Outputs + 1,
            marks = 2 * sizeof(int) + 2;
        return (long)times * lanes * (numbers * Unsafe.SizeOf<T>() + inDouble * sizeof(double) + marks);
    }
}
