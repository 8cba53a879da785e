using Farback.Cells;
using Farback.Diagnosis;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;

namespace Farback.Tests.Diagnosis.Memory;

/// <summary>Networks built by hand, whose memory is known, and sequences to ask them: say the sign of an early number at the end.</summary>
internal static class HandMade
{
    public static readonly Loss Loss = new SoftmaxCrossEntropy();

    /// <summary>x_0 = ±1, then noise; the answer is the sign of x_0, at the last step.</summary>
    public static AskedPlaces Signs(int lanes = 64, int times = 6, double noise = 0.5, long seed = 1)
    {
        var random = new RandomStream(seed, 91);
        var values = new double[times * lanes];
        int[] classes = [.. Enumerable.Repeat(ClassTargets.Ignored, times * lanes)];
        for (int lane = 0; lane < lanes; lane++)
        {
            int which = lane % 2; // as many of each
            values[lane] = 2 * which - 1;
            for (int time = 1; time < times; time++)
                values[time * lanes + lane] = random.NextUniform(-noise, noise);
            classes[(times - 1) * lanes + lane] = which;
        }
        return AskedPlaces.Last(Batch.OfValues(values, times, lanes, 1, new ClassTargets(classes)));
    }

    /// <summary>Signs at every step; the answer is that of ℓ steps before the last.</summary>
    public static AskedPlaces Stream(int lag, int lanes = 128, int times = 9, long seed = 1)
    {
        var random = new RandomStream(seed, 92);
        double[] values = [.. Enumerable.Range(0, times * lanes).Select(_ => 2.0 * random.Next(2) - 1)];
        int[] classes = [.. Enumerable.Repeat(ClassTargets.Ignored, times * lanes)];
        for (int lane = 0; lane < lanes; lane++)
            classes[(times - 1) * lanes + lane] = values[(times - 1 - lag) * lanes + lane] > 0 ? 1 : 0;
        return AskedPlaces.Last(Batch.OfValues(values, times, lanes, 1, new ClassTargets(classes)));
    }

    /// <summary>h_0 = tanh(3 h_0 + x) holds a sign for good; the other units see the noise only and hold nothing.</summary>
    /// <param name="held">The weight of the latch on itself: 3 holds, 0 forgets.</param>
    /// <param name="readUnit">Which unit the read-out reads.</param>
    public static Model<double> Latch(double held = 3, int readUnit = 0)
    {
        var network = new Network
        {
            Cell = AllCells.Elman,
            Inputs = 1,
            Hidden = 4,
            Outputs = 2,
            Biases = Biases.One,
        };
        var p = new Parameters<double>(network);
        p["weight_hh_l0"][0] = held;
        new double[] { 1, 1, 0.5, -1 }.CopyTo(p["weight_ih_l0"]);
        ReadUnit(p, readUnit, 4);
        return new(network, p);
    }

    /// <summary>c_0 adds up tanh(2x), all gates open but the output gate, whose bias is given; unit 1 does the same with nothing.</summary>
    public static Model<double> Carousel(double outputBias)
    {
        var network = new Network
        {
            Cell = AllCells.Lstm,
            Inputs = 1,
            Hidden = 2,
            Outputs = 2,
            Biases = Biases.One,
        };
        var p = new Parameters<double>(network);
        // rows of the gates i, f, g, o, two units each
        new double[] { 0, 0, 0, 0, 2, 0, 0, 0 }.CopyTo(p["weight_ih_l0"]);
        new double[] { 20, 20, 20, 20, 0, 0, outputBias, outputBias }.CopyTo(p["bias_ih_l0"]);
        p["head.bias"][1] = 0.5; // what comes through a shut gate must not decide by its sign alone
        ReadUnit(p, 0, 2);
        return new(network, p);
    }

    /// <summary>A shift register: unit j holds what came in j steps ago, exactly; the read-out reads one of them.</summary>
    public static Model<double> Register(int units, int readUnit)
    {
        var network = new Network
        {
            Cell = AllCells.Named("elman-identity")!,
            Inputs = 1,
            Hidden = units,
            Outputs = 2,
            Biases = Biases.One,
        };
        var p = new Parameters<double>(network);
        p["weight_ih_l0"][0] = 1;
        for (int unit = 1; unit < units; unit++)
            p["weight_hh_l0"][unit * units + unit - 1] = 1;
        ReadUnit(p, readUnit, units);
        return new(network, p);
    }

    private static void ReadUnit(Parameters<double> p, int unit, int units)
    {
        p["head.weight"][unit] = -4;
        p["head.weight"][units + unit] = 4;
    }
}
