using Farback.Cells;
using Farback.Diagnosis;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Tests.Diagnosis.Verdicts;

/// <summary>Evidence is what there is: few sequences give wide intervals or none, and never an error.</summary>
public sealed class EvidenceReaderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    public void A_few_sequences_are_measured_as_far_as_they_go(int lanes)
    {
        const int Times = 20;
        var network = new Network
        {
            Cell = AllCells.Lstm,
            Inputs = 1,
            Hidden = 4,
            Outputs = 2,
        };
        int[] classes = new int[Times * lanes];
        Array.Fill(classes, ClassTargets.Ignored);
        for (int lane = 0; lane < lanes; lane++)
            classes[(Times - 1) * lanes + lane] = lane % 2;
        double[] x = [.. Enumerable.Range(0, Times * lanes).Select(i => Math.Sin(i))];
        AskedPlaces asked = AskedPlaces.Last(Batch.OfValues(x, Times, lanes, 1, new ClassTargets(classes)));
        var model = new Model<double>(network, Initial.Default.Draw(network, 1));
        Evidence evidence = EvidenceReader.Of(model, asked, new SoftmaxCrossEntropy(), 5, LagSource.Given, trained: false);
        Assert.All(evidence.Gates, gate => Assert.Equal(lanes, gate.Flat.Count)); // of every sequence
        Assert.Equal(Condition.Undecided, NetworkDiagnosis.Of(evidence).Condition);
    }
}
