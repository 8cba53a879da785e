using Made = Farback.Formats.Tests.Hdf5.Made;

namespace Farback.Formats.Tests.Keras;

/// <summary>Keras' recurrent layers as its own definition says them: one sequence, one step after the other, in doubles.</summary>
internal static class PlainKeras
{
    /// <summary>Outputs of every step in the order in which they were made, and the last states.</summary>
    public sealed record Result(double[][] Outputs, double[][] States);

    /// <summary>rnn() of Keras' back ends.</summary>
    /// <param name="kind">SimpleRNN, GRU (reset after, two biases) or LSTM; sigmoid gates.</param>
    /// <param name="arrays">kernel, recurrent_kernel, bias.</param>
    /// <param name="x">[T][I].</param>
    /// <param name="mask">[T]; null for none.</param>
    /// <param name="backwards">go_backwards.</param>
    /// <param name="zero">zero_output_for_mask.</param>
    public static Result Run(string kind, Made[] arrays, double[][] x, bool[]? mask, bool backwards = false, bool zero = false)
    {
        (double[] w, double[] u, double[] b) = (Numbers(arrays[0]), Numbers(arrays[1]), Numbers(arrays[2]));
        int units = (int)arrays[1].Shape[0];
        double[][] states = [new double[units], new double[units]];
        double[] previous = new double[units];
        List<double[]> outputs = [];
        foreach (int t in backwards ? Enumerable.Range(0, x.Length).Reverse() : Enumerable.Range(0, x.Length))
        {
            double[][] next = Step(kind, w, u, b, x[t], states, units);
            bool isRead = mask is null || mask[t];
            double[] output =
                isRead ? next[0]
                : zero ? new double[units]
                : previous;
            if (isRead)
                states = next;
            outputs.Add(output);
            previous = output;
        }
        return new([.. outputs], states);
    }

    /// <summary>Bidirectional(merge_mode="concat", return_sequences): the reversed mask backwards, and its outputs turned round.</summary>
    public static double[][] Both(string kind, Made[] forward, Made[] backward, double[][] x, bool[]? mask)
    {
        double[][] there = Run(kind, forward, x, mask).Outputs,
            back = Run(kind, backward, x, mask, backwards: true).Outputs;
        return [.. there.Select((row, t) => (double[])[.. row, .. back[x.Length - 1 - t]])];
    }

    /// <summary>x W + b.</summary>
    public static double[] Dense(Made[] arrays, double[] x)
    {
        (double[] w, double[] b) = (Numbers(arrays[0]), Numbers(arrays[1]));
        return [.. b.Select((bias, j) => bias + x.Select((number, i) => number * w[i * b.Length + j]).Sum())];
    }

    public static double[] Softmax(double[] z) => [.. z.Select(number => Math.Exp(number) / z.Sum(Math.Exp))];

    public static double Sigmoid(double z) => 1 / (1 + Math.Exp(-z));

    public static double[] Numbers(Made array) =>
        [.. Enumerable.Range(0, array.Data!.Length / 4).Select(i => (double)BitConverter.ToSingle(array.Data, 4 * i))];

    private static double[][] Step(string kind, double[] w, double[] u, double[] b, double[] x, double[][] states, int units)
    {
        double[] h = states[0];
        int columns = w.Length / x.Length;
        double[] Times(double[] vector, double[] matrix) =>
            [.. Enumerable.Range(0, columns).Select(j => vector.Select((number, i) => number * matrix[i * columns + j]).Sum())];
        double[] fromX = Times(x, w),
            fromH = Times(h, u);
        double X(int gate, int j) => fromX[gate * units + j] + b[gate * units + j];
        double H(int gate, int j) => fromH[gate * units + j];
        int[] all = [.. Enumerable.Range(0, units)];
        switch (kind)
        {
            case "SimpleRNN":
                return
                [
                    [.. all.Select(j => Math.Tanh(X(0, j) + H(0, j)))],
                    states[1],
                ];
            case "LSTM": // i f c o
                double[] c =
                [
                    .. all.Select(j =>
                        Sigmoid(X(1, j) + H(1, j)) * states[1][j] + Sigmoid(X(0, j) + H(0, j)) * Math.Tanh(X(2, j) + H(2, j))
                    ),
                ];
                return
                [
                    [.. all.Select(j => Sigmoid(X(3, j) + H(3, j)) * Math.Tanh(c[j]))],
                    c,
                ];
            default: // z r h, the second bias inside of the product
                double R(int gate, int j) => H(gate, j) + b[3 * units + gate * units + j];
                return
                [
                    [
                        .. all.Select(j =>
                        {
                            double z = Sigmoid(X(0, j) + R(0, j));
                            return z * h[j] + (1 - z) * Math.Tanh(X(2, j) + Sigmoid(X(1, j) + R(1, j)) * R(2, j));
                        }),
                    ],
                    states[1],
                ];
        }
    }
}
