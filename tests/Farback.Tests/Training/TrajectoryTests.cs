using Farback.Cells;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;
using Farback.Training;

namespace Farback.Tests.Training;

/// <summary>Whole trainings, reproduced by plain loops that share nothing with the library: the same weights, the same batches, the same path.</summary>
public sealed class TrajectoryTests
{
    private const int Times = 6,
        Lanes = 3,
        Inputs = 2,
        Units = 4,
        Classes = 3,
        Steps = 40;

    // forty updates, each a rounding of the last: ε · updates · numbers of a sum, with room for the conditioning of training
    private const double Tolerance = 1e-10;

    private static readonly Network Net = new()
    {
        Cell = AllCells.Elman,
        Inputs = Inputs,
        Hidden = Units,
        Outputs = Classes,
    };

    public static TheoryData<string> Rules() => ["sgd", "momentum", "nesterov", "adam", "adamw", "rmsprop", "adagrad"];

    [Theory]
    [MemberData(nameof(Rules))]
    public void Forty_updates_are_those_of_plain_loops(string rule)
    {
        Parameters<double> start = Initial.Default.Draw(Net, seed: 31);
        double[] plain = (double[])start.Values.Clone();
        var model = new Model<double>(Net, start);
        int count = Net.ParameterCount;
        Optimiser<double> optimiser = rule switch
        {
            "sgd" => new Sgd<double>(count),
            "momentum" => new Sgd<double>(count, momentum: 0.9),
            "nesterov" => new Nesterov<double>(count, momentum: 0.9),
            "adam" => new Adam<double>(count),
            "adamw" => new AdamW<double>(count),
            "rmsprop" => new RmsProp<double>(count),
            _ => new Adagrad<double>(count),
        };
        var trainer = new Trainer<double>(model, new SoftmaxCrossEntropy(), optimiser, new CosineDecay(0.05, Steps)) { ClipNorm = 0.5 };
        double[] m = new double[count],
            v = new double[count];
        var random = new RandomStream(32);
        for (int step = 0; step < Steps; step++)
        {
            double[] x = [.. Enumerable.Range(0, Times * Lanes * Inputs).Select(_ => random.NextUniform(-1, 1))];
            int[] y = [.. Enumerable.Range(0, Times * Lanes).Select(_ => random.Next(Classes))];
            trainer.Step(Batch.OfValues(x, Times, Lanes, Inputs, new ClassTargets(y)));

            double[] g = Gradient(plain, x, y);
            double norm = Math.Sqrt(g.Sum(one => one * one));
            double cut = Math.Min(1, 0.5 / (norm + 1e-6));
            double rate = 0.05 * (1 + Math.Cos(Math.PI * step / Steps)) / 2;
            for (int i = 0; i < count; i++)
                Update(rule, ref plain[i], g[i] * cut, rate, ref m[i], ref v[i], step + 1);
        }
        Close.Normwise(plain, model.Parameters.Values, Tolerance, rule);
    }

    private static void Update(string rule, ref double θ, double g, double rate, ref double m, ref double v, int step)
    {
        switch (rule)
        {
            case "sgd":
                θ -= rate * g;
                break;
            case "momentum":
                m = step == 1 ? g : 0.9 * m + g;
                θ -= rate * m;
                break;
            case "nesterov":
                m = step == 1 ? g : 0.9 * m + g;
                θ -= rate * (g + 0.9 * m);
                break;
            case "rmsprop":
                v = 0.99 * v + 0.01 * g * g;
                θ -= rate * g / (Math.Sqrt(v) + 1e-8);
                break;
            case "adagrad":
                v += g * g;
                θ -= rate * g / (Math.Sqrt(v) + 1e-10);
                break;
            default:
                if (rule == "adamw")
                    θ -= rate * 0.01 * θ;
                m = 0.9 * m + 0.1 * g;
                v = 0.999 * v + 0.001 * g * g;
                θ -= rate * (m / (1 - Math.Pow(0.9, step))) / (Math.Sqrt(v / (1 - Math.Pow(0.999, step))) + 1e-8);
                break;
        }
    }

    // h_t = tanh(W_x x_t + b_x + W_h h_{t−1} + b_h), y_t = W_y h_t + b_y, J = mean cross entropy; and back, loop by loop
    private static double[] Gradient(double[] θ, double[] x, int[] y)
    {
        int wx = Net["weight_ih_l0"].Offset,
            wh = Net["weight_hh_l0"].Offset,
            bx = Net["bias_ih_l0"].Offset,
            bh = Net["bias_hh_l0"].Offset,
            wy = Net["head.weight"].Offset,
            by = Net["head.bias"].Offset;
        double[] g = new double[θ.Length];
        for (int b = 0; b < Lanes; b++)
        {
            double[][] h = [.. Enumerable.Range(0, Times + 1).Select(_ => new double[Units])];
            double[][] dy = [.. Enumerable.Range(0, Times).Select(_ => new double[Classes])];
            for (int t = 0; t < Times; t++)
            {
                for (int j = 0; j < Units; j++)
                {
                    double z = θ[bx + j] + θ[bh + j];
                    for (int i = 0; i < Inputs; i++)
                        z += θ[wx + j * Inputs + i] * x[(t * Lanes + b) * Inputs + i];
                    for (int i = 0; i < Units; i++)
                        z += θ[wh + j * Units + i] * h[t][i];
                    h[t + 1][j] = Math.Tanh(z);
                }
                for (int c = 0; c < Classes; c++)
                    dy[t][c] = θ[by + c] + Enumerable.Range(0, Units).Sum(j => θ[wy + c * Units + j] * h[t + 1][j]);
                double sum = dy[t].Sum(Math.Exp);
                for (int c = 0; c < Classes; c++)
                    dy[t][c] = (Math.Exp(dy[t][c]) / sum - (y[t * Lanes + b] == c ? 1 : 0)) / (Times * Lanes);
            }
            double[] carried = new double[Units];
            for (int t = Times - 1; t >= 0; t--)
            {
                double[] δ = new double[Units];
                for (int j = 0; j < Units; j++)
                {
                    double a = carried[j];
                    for (int c = 0; c < Classes; c++)
                    {
                        a += θ[wy + c * Units + j] * dy[t][c];
                        g[wy + c * Units + j] += dy[t][c] * h[t + 1][j];
                    }
                    δ[j] = a * (1 - h[t + 1][j] * h[t + 1][j]);
                    g[bx + j] += δ[j];
                    g[bh + j] += δ[j];
                    for (int i = 0; i < Inputs; i++)
                        g[wx + j * Inputs + i] += δ[j] * x[(t * Lanes + b) * Inputs + i];
                    for (int i = 0; i < Units; i++)
                        g[wh + j * Units + i] += δ[j] * h[t][i];
                }
                for (int c = 0; c < Classes; c++)
                    g[by + c] += dy[t][c];
                for (int i = 0; i < Units; i++)
                    carried[i] = Enumerable.Range(0, Units).Sum(j => θ[wh + j * Units + i] * δ[j]);
            }
        }
        return g;
    }
}
