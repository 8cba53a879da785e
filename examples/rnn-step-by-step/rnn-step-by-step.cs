#:project ../../src/Farback/Farback.csproj
#:property PublishAot=false

// The well-known exercise, step by step and in its notation, on the library's own cells; then the step that it leaves out.
//   dotnet run examples/rnn-step-by-step/rnn-step-by-step.cs
// x is (n_x, m, T), feature-major: a column a sequence. A cache is what the function was given.

using Farback.Experiments;
using Farback.Numbers;
using Farback.Reports;

namespace Farback.Examples;

internal static class RnnStepByStep
{
    private const int n_x = 3,
        n_a = 5,
        n_y = 2,
        m = 10,
        T = 4;

    // random numbers in the order in which they are asked for
    private static RandomStream random = new(1);

    internal static void Main()
    {
        random = new(1);
        CourseArrays rnn = Draw(("Wax", n_a, n_x), ("Waa", n_a, n_a), ("ba", n_a, 1), ("Wya", n_y, n_a), ("by", n_y, 1)),
            lstm = Draw([
                .. "fico".SelectMany(gate => new[] { ($"W{gate}", n_a, n_a + n_x), ($"b{gate}", n_a, 1) }),
                ("Wy", n_y, n_a),
                ("by", n_y, 1),
            ]);
        CourseArray x = Normal(n_x, m, T),
            a0 = Normal(n_a, m),
            c_prev = Normal(n_a, m),
            da = Normal(n_a, m, T),
            xt = x.At(0),
            da_next = da.At(0);

        Console.WriteLine("1. Forwards");
        Show(rnn_cell_forward(xt, a0, rnn)); // a_next = tanh(Wax xt + Waa a_prev + ba), yt_pred = softmax(Wya a_next + by)
        Show(rnn_forward(x, a0, rnn)); // the same at every step: one set of weights
        Show(lstm_cell_forward(xt, a0, c_prev, lstm)); // gates on [a_prev; xt]
        Show(lstm_forward(x, a0, lstm));

        Console.WriteLine("\n2. Backwards");
        Show(rnn_cell_backward(da_next, xt, a0, rnn)); // dtanh = (1 − a_next²) da_next
        Show(rnn_backward(da, x, a0, rnn)); // da[:, :, t] + da_prevt
        Show(lstm_cell_backward(da_next, Normal(n_a, m), xt, a0, c_prev, lstm));
        Show(lstm_backward(da, x, a0, lstm));

        Console.WriteLine("\n3. What the exercise leaves out: dWaa resolved in time");
        Resolve(da, x, a0, rnn);

        Console.WriteLine("\n4. What the exercise leaves out: update parameters");
        Update(x, a0, rnn);
    }

    private static CourseArrays rnn_cell_forward(CourseArray xt, CourseArray a_prev, CourseArrays parameters) =>
        Call("rnn_cell_forward", parameters, ("xt", xt), ("a_prev", a_prev));

    private static CourseArrays rnn_forward(CourseArray x, CourseArray a0, CourseArrays parameters) =>
        Call("rnn_forward", parameters, ("x", x), ("a0", a0));

    private static CourseArrays lstm_cell_forward(CourseArray xt, CourseArray a_prev, CourseArray c_prev, CourseArrays parameters) =>
        Call("lstm_cell_forward", parameters, ("xt", xt), ("a_prev", a_prev), ("c_prev", c_prev));

    private static CourseArrays lstm_forward(CourseArray x, CourseArray a0, CourseArrays parameters) =>
        Call("lstm_forward", parameters, ("x", x), ("a0", a0));

    private static CourseArrays rnn_cell_backward(CourseArray da_next, CourseArray xt, CourseArray a_prev, CourseArrays parameters) =>
        Call("rnn_cell_backward", parameters, ("da_next", da_next), ("xt", xt), ("a_prev", a_prev));

    private static CourseArrays rnn_backward(CourseArray da, CourseArray x, CourseArray a0, CourseArrays parameters) =>
        Call("rnn_backward", parameters, ("da", da), ("x", x), ("a0", a0));

    private static CourseArrays lstm_cell_backward(
        CourseArray da_next,
        CourseArray dc_next,
        CourseArray xt,
        CourseArray a_prev,
        CourseArray c_prev,
        CourseArrays parameters
    ) =>
        Call(
            "lstm_cell_backward",
            parameters,
            ("da_next", da_next),
            ("dc_next", dc_next),
            ("xt", xt),
            ("a_prev", a_prev),
            ("c_prev", c_prev)
        );

    private static CourseArrays lstm_backward(CourseArray da, CourseArray x, CourseArray a0, CourseArrays parameters) =>
        Call("lstm_backward", parameters, ("da", da), ("x", x), ("a0", a0));

    // dWaa += dWaat hides two sums: over the uses k, and over the losses t that each use answers to
    private static void Resolve(CourseArray da, CourseArray x, CourseArray a0, CourseArrays parameters)
    {
        CourseFunction backward = CourseFunction.Named("rnn_backward");
        CourseArrays cache = Inputs(parameters, ("da", da), ("x", x), ("a0", a0));
        CourseArray dWaa = backward.Run(cache)["dWaa"];
        double sum = 0;
        Console.WriteLine($"{"dWaa[2, 1]", 12} {string.Concat(Enumerable.Range(1, T).Select(k => $"{$"use {k}", 12}"))}");
        for (int t = 0; t < T; t++)
        {
            double[] row = [.. Enumerable.Range(0, T).Select(k => k > t ? 0 : backward.Entry(cache, t, k)["dWaa"][2, 1])];
            sum += row.Sum();
            Console.WriteLine(
                $"{$"loss {t + 1}", 12} {string.Concat(row.Select((entry, k) => $"{(k > t ? "·" : NumberText.Fixed(entry, 6)), 12}"))}"
            );
        }
        Console.WriteLine(
            $"All entries added: {NumberText.Fixed(sum, 6)}; rnn_backward's dWaa[2, 1]: {NumberText.Fixed(dWaa[2, 1], 6)}; difference {Math.Abs(sum - dWaa[2, 1]):g1}."
        );
    }

    // softmax cross entropy to class 0 where the first input is positive, else to class 1; θ := θ − α dθ
    private static void Update(CourseArray x, CourseArray a0, CourseArrays parameters)
    {
        const double α = 0.5;
        for (int step = 0; step <= 40; step++)
        {
            CourseArrays forward = rnn_forward(x, a0, parameters);
            (double loss, CourseArray dz) = Loss(x, forward["y_pred"]);
            if (step % 10 == 0)
                Console.WriteLine($"step {step, 2}: loss {NumberText.Fixed(loss, 4)}");
            CourseArray a = forward["a"],
                Wya = parameters["Wya"];
            var da = new CourseArray(n_a, m, T); // da = Wyaᵀ dz
            var gradients = new CourseArrays { ["dWya"] = new(n_y, n_a), ["dby"] = new(n_y, 1) };
            for (int t = 0; t < T; t++)
            for (int lane = 0; lane < m; lane++)
            for (int i = 0; i < n_y; i++)
            {
                gradients["dby"][i, 0] += dz[i, lane, t];
                for (int j = 0; j < n_a; j++)
                {
                    da[j, lane, t] += Wya[i, j] * dz[i, lane, t];
                    gradients["dWya"][i, j] += dz[i, lane, t] * a[j, lane, t];
                }
            }
            foreach ((string name, CourseArray gradient) in rnn_backward(da, x, a0, parameters))
                gradients[name] = gradient;
            foreach ((string name, CourseArray parameter) in parameters)
                for (int i = 0; i < parameter.Data.Length; i++)
                    parameter.Data[i] -= α * gradients[$"d{name}"].Data[i];
        }
    }

    private static (double Loss, CourseArray dz) Loss(CourseArray x, CourseArray y_pred)
    {
        double loss = 0;
        var dz = new CourseArray(n_y, m, T);
        for (int t = 0; t < T; t++)
        for (int lane = 0; lane < m; lane++)
        {
            int right = x[0, lane, t] > 0 ? 0 : 1;
            loss -= Math.Log(y_pred[right, lane, t]) / (m * T);
            for (int i = 0; i < n_y; i++)
                dz[i, lane, t] = (y_pred[i, lane, t] - (i == right ? 1 : 0)) / (m * T);
        }
        return (loss, dz);
    }

    private static CourseArrays Call(string name, CourseArrays parameters, params (string Name, CourseArray Array)[] others) =>
        CourseFunction.Named(name).Run(Inputs(parameters, others));

    private static CourseArrays Inputs(CourseArrays parameters, params (string Name, CourseArray Array)[] others)
    {
        var inputs = new CourseArrays(parameters);
        foreach ((string name, CourseArray array) in others)
            inputs[name] = array;
        return inputs;
    }

    private static void Show(CourseArrays arrays) =>
        Console.WriteLine($"  {string.Join("  ", arrays.Select(pair => $"{pair.Key} {pair.Value}"))}");

    private static CourseArrays Draw(params (string Name, int Rows, int Columns)[] shapes)
    {
        var arrays = new CourseArrays();
        foreach ((string name, int rows, int columns) in shapes)
            arrays[name] = Normal(rows, columns);
        return arrays;
    }

    private static CourseArray Normal(params int[] shape)
    {
        var array = new CourseArray(shape);
        for (int i = 0; i < array.Data.Length; i++)
            array.Data[i] = random.NextNormal();
        return array;
    }
}
