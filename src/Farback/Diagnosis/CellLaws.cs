using Farback.Cells;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Diagnosis;

/// <summary>Holds a cell against all laws, inside networks that use it in every way: what a new cell's page has to pass.</summary>
/// <remarks>
///   One layer; two layers in both directions over lanes of unequal lengths; one unit for one step. Each at every width of this machine, in
///   float and in double. A law's result is the worst of them.
/// </remarks>
public static class CellLaws
{
    private const int Classes = 3;

    /// <summary>All laws on a cell in both precisions, each one's worst result.</summary>
    /// <param name="cell">The cell; it need not be one of <see cref="AllCells"/>.</param>
    /// <param name="prepare">Moves random parameters to where the cell is defined (a time constant away from 0); null for none.</param>
    public static IReadOnlyList<LawResult> Check(Cell cell, Action<Parameters<double>>? prepare = null)
    {
        ArgumentNullException.ThrowIfNull(cell);
        return
        [
            .. Widths
                .Supported.SelectMany(width => Check(cell, width, prepare))
                .GroupBy(result => (result.Name, result.Precision))
                .Select(results => results.Aggregate((a, b) => a.And(b))),
        ];
    }

    private static IEnumerable<LawResult> Check(Cell cell, Width width, Action<Parameters<double>>? prepare)
    {
        foreach ((Network network, int times, int[] lengths) in Networks(cell))
        {
            Parameters<float> parameters = Random(network, prepare);
            Batch batch = Random(network, times, lengths);
            var loss = new SoftmaxCrossEntropy();
            IEnumerable<LawResult> results =
            [
                .. ModelLaws.Check(new Model<double>(network, parameters.To<double>(), width), batch, loss, Reduction.Mean),
                .. ModelLaws.Check(new Model<float>(network, parameters, width), batch, loss, Reduction.Sum),
            ];
            foreach (LawResult result in results)
                yield return result;
        }
    }

    private static IEnumerable<(Network Network, int Times, int[] Lengths)> Networks(Cell cell)
    {
        var one = new Network
        {
            Cell = cell,
            Inputs = 3,
            Hidden = 5,
            Outputs = Classes,
        };
        yield return (one with { InitialStates = InitialStates.Learned }, 6, [6, 6, 6]);
        yield return (one with { Layers = 2, Bidirectional = true, Hidden = 3, Biases = Biases.One }, 5, [5, 2, 4]);
        yield return (one with { Hidden = 1, Inputs = 1, Biases = Biases.None }, 1, [1]);
    }

    // PyTorch's U(±1/√H), on float's grid so that both precisions run on the same weights
    private static Parameters<float> Random(Network network, Action<Parameters<double>>? prepare)
    {
        var random = new RandomStream(20_26, 1);
        double bound = 1 / Math.Sqrt(network.Hidden);
        var parameters = new Parameters<double>(network);
        foreach (ref double value in parameters.Values.AsSpan())
            value = random.NextUniform(-bound, bound);
        prepare?.Invoke(parameters);
        return parameters.To<float>();
    }

    private static Batch Random(Network network, int times, int[] lengths)
    {
        var random = new RandomStream(20_26, 2);
        int lanes = lengths.Length;
        var values = new double[times * lanes * network.Inputs];
        foreach (ref double value in values.AsSpan())
            value = (float)random.NextNormal();
        // every fifth place has no loss, but not the first
        int[] targets = [.. Enumerable.Range(1, times * lanes).Select(i => i % 5 == 0 ? ClassTargets.Ignored : random.Next(Classes))];
        return Batch.OfValues(values, times, lanes, network.Inputs, new ClassTargets(targets), lengths);
    }
}
