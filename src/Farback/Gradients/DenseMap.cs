using Farback.Adjoints;
using Farback.Cells;
using Farback.Networks;
using Farback.Tiles;

namespace Farback.Gradients;

/// <summary>Every G[t,k] written out, number by number: for toys, tables and tests. The map itself never forms these matrices.</summary>
/// <remarks>G[t,k] = Σ_b w_{t,b} ∂L_{t,b}/∂θ^(k). Memory T²·|θ|; a bound of 2³⁰ numbers is checked before anything is allocated.</remarks>
public sealed class DenseMap
{
    private readonly double[][] _blocks;
    private readonly double[][] _adjoints;
    private readonly double[][] _initials;
    private readonly double[] _inputs;

    private DenseMap(Network network, int times, int lanes, int sites)
    {
        (Network, Times, Lanes) = (network, times, lanes);
        double needed =
            (double)times
            * (
                times * (network.ParameterCount + (double)lanes * (sites * network.Cell.State.Count * network.Hidden + network.InputsOf(0)))
                + (double)lanes * sites * network.Cell.State.Count * network.Hidden
            );
        if (needed > 1 << 30)
            throw new ArgumentException(
                $"dense map: {times} steps of a network with {network.ParameterCount:N0} parameters need {needed:N0} numbers; use the gradient map, or a shorter sequence."
            );
        _blocks = [.. network.Blocks.Select(block => new double[times * times * block.Count])];
        _adjoints =
        [
            .. Enumerable.Range(0, sites).Select(_ => new double[times * times * lanes * network.Cell.State.Count * network.Hidden]),
        ];
        _initials = [.. Enumerable.Range(0, sites).Select(_ => new double[times * lanes * network.Cell.State.Count * network.Hidden])];
        _inputs = new double[times * times * lanes * network.InputsOf(0)];
    }

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>T.</summary>
    public int Times { get; }

    /// <summary>B.</summary>
    public int Lanes { get; }

    /// <summary>G[t,k] of a block, row by row.</summary>
    public Span<double> Entry(Block block, int t, int k)
    {
        double[] all = _blocks[Network.Blocks.ToList().IndexOf(block)];
        return all.AsSpan((t * Times + k) * block.Count, block.Count);
    }

    /// <summary>λ[t,k] of a lane: ∂(wL_t)/∂s_k of a layer and direction, part after part; the total, the same-step path upward included.</summary>
    public ReadOnlySpan<double> Adjoint(int site, int t, int k, int lane) => AdjointOf(site, t, k, lane);

    /// <summary>∂(wL_t)/∂x_k of a lane.</summary>
    public ReadOnlySpan<double> Input(int t, int k, int lane) => InputOf(t, k, lane);

    /// <summary>∂(wL_t)/∂(the state that a layer and direction started a lane from), part after part: λ carried past the first use.</summary>
    public ReadOnlySpan<double> Initial(int site, int t, int lane) => InitialOf(site, t, lane);

    /// <summary>All entries of a run; those that a truncation cuts stay 0.</summary>
    public static DenseMap Of<T>(Trace<T> trace, LossField losses, Truncation? truncation = null)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(losses);
        return Of(trace, losses.IsApart ? Seeds<T>.OfEach(trace, losses) : Seeds<T>.Of(trace, losses, scaled: true), truncation);
    }

    /// <summary>All entries of a run, from given seeds.</summary>
    public static DenseMap Of<T>(Trace<T> trace, Seeds<T> seeds, Truncation? truncation = null)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(trace);
        Model<T> model = trace.Model;
        Bptt<T>.Check(model.Network, truncation);
        var map = new DenseMap(model.Network, trace.Times, trace.Lanes, model.Network.Layers * model.Network.Directions);
        int[] times = [.. Enumerable.Range(0, trace.Times)];
        RowPlan plan = seeds.IsApart
            ? RowPlan.OneRowPerLoss(times, model.Network, trace.Times, trace.Lanes, trace.Times)
            : RowPlan.OneRowPerLossTime(times, trace.Times, trace.Lanes, trace.Times, truncation);
        new Sweep<T>(model, trace.Times, plan.Count).Walk(trace, seeds, plan, new DenseReader<T>(map, trace, plan), scaled: true);
        if (seeds.ReadOutDeltas is { } deltas)
        {
            Site readOut = model.Sites[model.ReadOut];
            for (int time = 0; time < trace.Times; time++)
            for (int lane = 0; lane < trace.Lanes; lane++)
                map.Add(
                    model.Recurrences[model.ReadOut],
                    readOut,
                    trace.Layers[model.ReadOut],
                    deltas,
                    time * trace.Lanes + lane,
                    seeds.Exponent[time * trace.Lanes + lane],
                    time,
                    time,
                    time,
                    lane
                );
        }
        return map;
    }

    private Span<double> AdjointOf(int site, int t, int k, int lane)
    {
        int size = Network.Cell.State.Count * Network.Hidden;
        return _adjoints[site].AsSpan(((t * Times + k) * Lanes + lane) * size, size);
    }

    private Span<double> InitialOf(int site, int t, int lane)
    {
        int size = Network.Cell.State.Count * Network.Hidden;
        return _initials[site].AsSpan((t * Lanes + lane) * size, size);
    }

    private Span<double> InputOf(int t, int k, int lane)
    {
        int size = Network.InputsOf(0);
        return _inputs.AsSpan(((t * Times + k) * Lanes + lane) * size, size);
    }

    // the three kinds of weight use: δuᵀ for products, δ for biases, the cell's own gradient for what a unit has to itself
    private void Add<T>(
        Recurrence<T> recurrence,
        Site site,
        LayerTrace<T> run,
        Deltas<T> deltas,
        long slot,
        int exponent,
        int t,
        int k,
        int p,
        int lane
    )
        where T : unmanaged
    {
        double factor = Math.ScaleB(1, exponent);
        Span<T> x = run.X(p, lane);
        for (int g = 0; g < site.Cell.Gates.Count; g++)
        {
            Gate gate = site.Cell.Gates[g];
            Span<T> u = gate.BeforeProduct ? run.H(p, lane) : run.Operand(p, lane);
            for (int unit = 0; unit < site.Units; unit++)
            {
                int row = g * site.Units + unit;
                double input = factor * Real.ToDouble(deltas.At(slot, recurrence.SumOf(gate, byInput: true), unit)),
                    state = factor * Real.ToDouble(deltas.At(slot, recurrence.SumOf(gate, byInput: false), unit));
                AddRow<T>(site.InputWeights, t, k, row, input, x);
                AddRow<T>(site.RecurrentWeights, t, k, row, state, u);
                AddRow<T>(site.InputBias, t, k, row, input, []);
                AddRow<T>(site.RecurrentBias, t, k, row, state, []);
            }
        }
        for (int parameter = 0; parameter < site.Cell.UnitParameters.Count; parameter++)
        for (int unit = 0; unit < site.Units; unit++)
            Entry(site.Unit!, t, k)[parameter * site.Units + unit] += factor * Real.ToDouble(deltas.UnitAt(slot, parameter, unit));
    }

    private void AddRow<T>(Block? block, int t, int k, int row, double δ, ReadOnlySpan<T> operand)
        where T : unmanaged
    {
        if (block is null)
            return;
        Span<double> to = Entry(block, t, k).Slice(row * block.Columns, block.Columns);
        if (operand.IsEmpty)
            to[0] += δ;
        else
            for (int column = 0; column < to.Length; column++)
                to[column] += δ * Real.ToDouble(operand[column]);
    }

    private sealed class DenseReader<T>(DenseMap map, Trace<T> trace, RowPlan plan) : Reader<T>
        where T : unmanaged
    {
        public override bool WantsInput => true;

        public override void Adjoint(in Position<T> at)
        {
            for (int row = at.First; row < at.Last; row++)
            {
                if (trace.Layers[at.SiteIndex].IsPadding(at.Step, plan.Lane[row]))
                    continue;
                Span<double> to = map.AdjointOf(at.SiteIndex, plan.LossTime[row], at.Time, plan.Lane[row]);
                for (int i = 0; i < to.Length; i++)
                    to[i] = Math.ScaleB(
                        Real.ToDouble(at.Rows.At(row, i / map.Network.Hidden, i % map.Network.Hidden)),
                        at.Rows.Exponent[row]
                    );
            }
        }

        public override void Delta(in Position<T> at)
        {
            for (int row = at.First; row < at.Last; row++)
                map.Add(
                    trace.Model.Recurrences[at.SiteIndex],
                    at.Site,
                    trace.Layers[at.SiteIndex],
                    at.Deltas,
                    at.Slot + row,
                    at.Rows.Exponent[row],
                    plan.LossTime[row],
                    at.Time,
                    at.Step,
                    plan.Lane[row]
                );
        }

        // a learned initial state is one vector for all lanes, and its own column, shown at the first use of its direction
        public override void Carried(in Position<T> at)
        {
            if (at.Step != 0)
                return;
            for (int row = at.First; row < at.Last; row++)
            {
                Span<double> to = map.InitialOf(at.SiteIndex, plan.LossTime[row], plan.Lane[row]);
                for (int i = 0; i < to.Length; i++)
                    to[i] = Math.ScaleB(Real.ToDouble(at.Rows.At(row, i / at.Site.Units, i % at.Site.Units)), at.Rows.Exponent[row]);
                if (at.Site.InitialState is not { } block)
                    continue;
                Span<double> learned = map.Entry(block, plan.LossTime[row], at.Time);
                for (int i = 0; i < to.Length; i++)
                    learned[i] += to[i];
            }
        }

        public override void Input(int time, int row, ReadOnlySpan<T> adjoint, int exponent)
        {
            int lane = plan.Lane[row],
                t = plan.LossTime[row];
            if (!trace.Batch.IsValid(time, lane))
                return;
            Span<double> to = map.InputOf(t, time, lane);
            for (int i = 0; i < adjoint.Length; i++)
                to[i] = Math.ScaleB(Real.ToDouble(adjoint[i]), exponent);
            if (map.Network.Words == 0 || trace.Batch.Ids is not { } ids)
                return;
            Block embedding = map.Network.Blocks[0];
            Span<double> word = map.Entry(embedding, t, time).Slice(ids[time * trace.Lanes + lane] * embedding.Columns, embedding.Columns);
            for (int i = 0; i < word.Length; i++)
                word[i] += to[i];
        }
    }
}
