using Farback.Networks;
using Farback.Sequences;

namespace Farback.Diagnosis;

/// <summary>What a run says at the asked places: outputs, losses, and how many are right.</summary>
internal sealed class Saying
{
    private readonly AskedPlaces _asked;

    /// <summary>Reads a run at its asked places.</summary>
    public Saying(Trace<double> trace, AskedPlaces asked, Loss loss)
    {
        _asked = asked;
        int outputs = trace.Model.Network.Outputs;
        Outputs = [.. Enumerable.Range(0, asked.Lanes).Select(lane => trace.ReadOut(asked.Times[lane], lane).ToArray())];
        double[] gradient = new double[outputs];
        Losses =
        [
            .. Enumerable
                .Range(0, asked.Lanes)
                .Select(lane => loss.Evaluate(Outputs[lane], asked.Batch.Targets, asked.Times[lane] * asked.Lanes + lane, gradient)),
        ];
    }

    /// <summary>The read-out of each lane.</summary>
    public double[][] Outputs { get; }

    /// <summary>L of each lane.</summary>
    public double[] Losses { get; }

    /// <summary>The class with the largest logit.</summary>
    public int Said(int lane) => Probabilities.Largest<double>(Outputs[lane]);

    /// <summary>1 where the class is right, else 0; for numbers −Σ(y − d)².</summary>
    public double Merit(int lane) =>
        _asked.IsClass
            ? (Said(lane) == _asked.Class(lane) ? 1 : 0)
            : -Outputs[lane].Zip(_asked.Wanted(lane, 0), (y, d) => (y - d) * (y - d)).Sum();

    /// <summary>How far the distribution moved: KL(p ‖ p'), and ½‖y − y'‖², the same of unit normals, where outputs are numbers; nats.</summary>
    public double MovedTo(Saying other, int lane)
    {
        if (!_asked.IsClass)
            return 0.5 * Outputs[lane].Zip(other.Outputs[lane], (y, z) => (y - z) * (y - z)).Sum();
        double[] p = LogSoftmax(Outputs[lane]),
            q = LogSoftmax(other.Outputs[lane]);
        // rounding must not make it negative
        return Math.Max(0, p.Zip(q, (a, b) => a == b ? 0 : Math.Exp(a) * (a - b)).Sum());
    }

    private static double[] LogSoftmax(double[] logits)
    {
        double largest = logits.Max(),
            rest = Math.Log(logits.Sum(z => Math.Exp(z - largest)));
        return [.. logits.Select(z => z - largest - rest)];
    }
}
