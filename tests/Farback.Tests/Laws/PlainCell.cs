using static Farback.Tests.Laws.PlainDual;

namespace Farback.Tests.Laws;

/// <summary>The cells' equations as a textbook has them: plain loops over one sequence, one layer, two biases.</summary>
/// <remarks>Weights as PyTorch stores them: [gate·H + unit][column].</remarks>
internal sealed class PlainCell(string cell, int inputs, int hidden, Func<string, int, PlainDual> weight)
{
    /// <summary>States after each step, part after part: [time][part·H + unit].</summary>
    public List<PlainDual[]> Run(double[][] xs)
    {
        var s = new PlainDual[(cell.StartsWith("lstm", StringComparison.Ordinal) ? 2 : 1) * hidden];
        List<PlainDual[]> states = [];
        foreach (double[] x in xs)
            states.Add(s = Step(x, s));
        return states;
    }

    private PlainDual[] Step(double[] x, PlainDual[] s)
    {
        PlainDual[] h = s[..hidden];
        var next = new PlainDual[s.Length];
        for (int j = 0; j < hidden; j++)
        {
            switch (cell)
            {
                case "elman":
                    next[j] = Tanh(Fed(0, j, x) + By(0, j, h));
                    break;
                case "elman-relu":
                    next[j] = Relu(Fed(0, j, x) + By(0, j, h));
                    break;
                case "elman-identity":
                    next[j] = Fed(0, j, x) + By(0, j, h);
                    break;
                case "lstm" or "lstm-peephole":
                    bool peep = cell == "lstm-peephole";
                    PlainDual c = s[hidden + j];
                    PlainDual i = Sigma(Fed(0, j, x) + By(0, j, h) + (peep ? weight("unit_l0", j) * c : 0));
                    PlainDual f = Sigma(Fed(1, j, x) + By(1, j, h) + (peep ? weight("unit_l0", hidden + j) * c : 0));
                    PlainDual g = Tanh(Fed(2, j, x) + By(2, j, h));
                    PlainDual cNew = f * c + i * g;
                    PlainDual o = Sigma(Fed(3, j, x) + By(3, j, h) + (peep ? weight("unit_l0", 2 * hidden + j) * cNew : 0));
                    (next[j], next[hidden + j]) = (o * Tanh(cNew), cNew);
                    break;
                case "gru":
                    PlainDual z = Sigma(Fed(1, j, x) + By(1, j, h));
                    PlainDual n = Tanh(Fed(2, j, x) + Sigma(Fed(0, j, x) + By(0, j, h)) * By(2, j, h));
                    next[j] = (1 - z) * n + z * h[j];
                    break;
                case "gru-reset-before":
                    PlainDual update = Sigma(Fed(1, j, x) + By(1, j, h));
                    PlainDual[] reset = [.. Enumerable.Range(0, hidden).Select(m => Sigma(Fed(0, m, x) + By(0, m, h)) * h[m])];
                    next[j] = (1 - update) * Tanh(Fed(2, j, x) + By(2, j, reset)) + update * h[j];
                    break;
                default:
                    throw new ArgumentException($"no plain equations for {cell}");
            }
        }
        return next;
    }

    // row (gate, j) of W_x x + b_x
    private PlainDual Fed(int gate, int j, double[] x)
    {
        int row = gate * hidden + j;
        PlainDual sum = weight("bias_ih_l0", row);
        for (int m = 0; m < inputs; m++)
            sum += weight("weight_ih_l0", row * inputs + m) * x[m];
        return sum;
    }

    // row (gate, j) of W_h u + b_h
    private PlainDual By(int gate, int j, PlainDual[] u)
    {
        int row = gate * hidden + j;
        PlainDual sum = weight("bias_hh_l0", row);
        for (int m = 0; m < hidden; m++)
            sum += weight("weight_hh_l0", row * hidden + m) * u[m];
        return sum;
    }
}
