using Farback.Cells;
using Farback.Diagnosis;
using Farback.Gradients;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;

namespace Farback.Tests.Laws;

/// <summary>Entries as small as 1e-20 are as right as the large ones, where finite differences see nothing.</summary>
public sealed class LongLagTests(ITestOutputHelper output)
{
    private const int Times = 61;
    private const long Seed = 29;

    // relative to the entry's own norm: 60 Jacobians, each good to ε·√H
    private const double Tolerance = 1e-10;

    [Theory]
    [MemberData(nameof(LawCell.Names), MemberType = typeof(LawCell))]
    public void Entries_at_lag_60_are_those_of_untied_copies(string cell)
    {
        var network = new Network
        {
            Cell = LawCell.Named(cell),
            Inputs = 2,
            Hidden = 6,
            Outputs = 3,
            InitialStates = InitialStates.Learned,
        };
        Parameters<double> parameters = Fading(network);
        var random = new RandomStream(Seed, 2);
        double[] x = [.. Enumerable.Range(0, Times * 2).Select(_ => random.NextNormal())];
        Batch batch = Batch.OfValues(x, Times, 1, 2, new ClassTargets([.. Enumerable.Range(0, Times).Select(_ => random.Next(3))]));
        Trace<double> trace = new Model<double>(network, parameters).Forward(batch);
        LossField losses = LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Sum);
        DenseMap map = DenseMap.Of(trace, losses);
        UntiedCopies copies = UntiedCopies.Of(trace, losses);

        double worst = 0,
            smallest = double.PositiveInfinity;
        foreach (Block block in network.Blocks.Where(block => block.Layer == 0))
        {
            double[] v = [.. Enumerable.Range(0, block.Count).Select(_ => random.NextNormal())];
            foreach (int k in new[] { 0, 1, 30, 59 })
            {
                double[] forth = copies.Along(block, k, v);
                for (int t = 0; t < Times; t++)
                {
                    double back = 0,
                        norm = 0;
                    ReadOnlySpan<double> entry = map.Entry(block, t, k);
                    for (int i = 0; i < v.Length; i++)
                    {
                        back += entry[i] * v[i];
                        norm += entry[i] * entry[i];
                    }
                    double size = Math.Sqrt(norm * v.Sum(a => a * a));
                    if (size > 0)
                        smallest = Math.Min(smallest, Math.Sqrt(norm));
                    if (back != forth[t])
                        worst = Math.Max(worst, Math.Abs(back - forth[t]) / size);
                }
            }
        }
        output.WriteLine($"{cell}: {worst:g2} apart, smallest entry {smallest:g2}");
        Assert.InRange(smallest, 1e-60, 1e-15);
        Assert.True(worst <= Tolerance, $"{cell}, seed {Seed}: {worst:g3} apart, expected at most {Tolerance:g3}");
    }

    // weights so small that every cell forgets: half a digit a step or more
    private static Parameters<double> Fading(Network network)
    {
        Parameters<double> parameters = LawCell.Parameters(network, Seed);
        foreach (Block block in network.Blocks)
        {
            Span<double> values = parameters[block];
            if (block.Kind == BlockKind.RecurrentWeights)
                foreach (ref double value in values)
                    value *= network.Cell == AllCells.ElmanRelu ? 1 : 0.7;
            if (block.Kind == BlockKind.RecurrentBias)
                Forget(network.Cell.Name, values, network.Hidden);
        }
        return parameters;
    }

    // f of the LSTM and z of the GRU are what keeps a gradient alive; relu's units are kept awake
    private static void Forget(string cell, Span<double> bias, int hidden)
    {
        if (cell is "lstm" or "lstm-peephole" or "gru" or "gru-reset-before")
            bias.Slice(hidden, hidden).Fill(-1.5);
        if (cell == "elman-relu")
            bias.Fill(0.5);
    }
}
