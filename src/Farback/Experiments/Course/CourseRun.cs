using Farback.Adjoints;
using Farback.Cells;
using Farback.Gradients;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Experiments;

/// <summary>The exercise's arrays laid out for the library, run, and laid out again for the exercise.</summary>
/// <remarks>
///   a = h, c = c, Wax = W_x, Waa = W_h, ba = b. An LSTM's Wf, Wi, Wc, Wo act on [a_prev; x]: their left n_a columns are rows of W_h, the
///   others rows of W_x, in the library's gate order i, f, g, o. A cell function is a sequence of one step. What the exercise calls
///   da[:, :, t] is ∂J/∂a_t from outside, a seed; dc_next is one on c, for which the cell is used with its whole state in view.
/// </remarks>
internal sealed class CourseRun
{
    private static readonly (string Weights, string Bias)[] Gates = [("Wi", "bi"), ("Wf", "bf"), ("Wc", "bc"), ("Wo", "bo")];

    private readonly CourseFunction _function;
    private readonly CourseArrays _inputs;
    private readonly int _times,
        _lanes,
        _units,
        _width,
        _outputs;

    private CourseRun(CourseFunction function, CourseArrays inputs)
    {
        (_function, _inputs) = (function, inputs);
        CourseArray x = inputs[function.IsCell ? "xt" : "x"];
        (_width, _lanes) = (x.Shape[0], x.Shape[1]);
        _times =
            function.IsCell ? 1
            : function.IsBackward ? inputs["da"].Shape[2] // shorter than the caches: the first steps
            : x.Shape[2];
        _units = Start("a").Shape[0];
        _outputs = inputs.TryGetValue("by", out CourseArray? by) ? by.Shape[0] : 0;
    }

    public static CourseRun Of(CourseFunction function, CourseArrays inputs) => new(function, inputs);

    /// <summary>a, c and y_pred, over all steps.</summary>
    public CourseArrays Forward()
    {
        Trace<double> trace = Run(wholeState: false);
        CourseArray a = new(_units, _lanes, _times),
            c = new(_units, _lanes, _times),
            y = new(_outputs, _lanes, _times);
        for (int t = 0; t < _times; t++)
        for (int lane = 0; lane < _lanes; lane++)
        {
            for (int unit = 0; unit < _units; unit++)
            {
                a[unit, lane, t] = trace.Layers[0].State(t + 1, lane, 0, unit);
                if (_function.IsLstm)
                    c[unit, lane, t] = trace.Layers[0].State(t + 1, lane, 1, unit);
            }
            double[] softmax = Probabilities.Of(trace.ReadOut(t, lane));
            for (int i = 0; i < _outputs; i++)
                y[i, lane, t] = softmax[i];
        }
        return new()
        {
            ["a"] = a,
            ["c"] = c,
            ["y_pred"] = y,
            ["y"] = y,
        };
    }

    /// <summary>Every gradient, by the names of the functions over time.</summary>
    public CourseArrays Backward()
    {
        Trace<double> trace = Run(wholeState: true);
        DenseMap map = DenseMap.Of(trace, Seeds<double>.Given(trace, Adjoints()));
        return Read(trace.Model.Network, map, (block, i) => Sum(map, block, i));
    }

    /// <summary>dW resolved in time: what the loss at t asks of the weights used at k, by the exercise's names.</summary>
    public CourseArrays Entry(int t, int k)
    {
        Trace<double> trace = Run(wholeState: true);
        DenseMap map = DenseMap.Of(trace, Seeds<double>.Given(trace, Adjoints()));
        return Weights(trace.Model.Network, (block, i) => map.Entry(block, t, k)[i]);
    }

    /// <summary>The same arrays by the names of one step's function.</summary>
    public static CourseArrays Cell(CourseArrays all)
    {
        var one = new CourseArrays();
        foreach ((string name, CourseArray array) in all)
            one[
                name switch
                {
                    "a" => "a_next",
                    "c" => "c_next",
                    "y_pred" => "yt_pred",
                    "dx" => "dxt",
                    "da0" => "da_prev",
                    "dc0" => "dc_prev",
                    _ => name,
                }
            ] = array.Shape.Count == 3 ? array.At(0) : array;
        return one;
    }

    private Trace<double> Run(bool wholeState)
    {
        Cell cell = _function.IsLstm ? AllCells.Lstm : AllCells.Elman;
        var network = new Network
        {
            Cell = wholeState ? new WholeState(cell) : cell,
            Inputs = _width,
            Hidden = _units,
            Outputs = wholeState ? 0 : _outputs,
            Biases = Biases.One,
        };
        var parameters = new Parameters<double>(network);
        Fill(parameters);
        CourseArray x = _inputs[_function.IsCell ? "xt" : "x"];
        double[] values = new double[_times * _lanes * _width];
        for (int t = 0; t < _times; t++)
        for (int lane = 0; lane < _lanes; lane++)
        for (int i = 0; i < _width; i++)
            values[(t * _lanes + lane) * _width + i] = _function.IsCell ? x[i, lane] : x[i, lane, t];
        var states = new States<double>(network, _lanes);
        for (int lane = 0; lane < _lanes; lane++)
        for (int unit = 0; unit < _units; unit++)
        {
            states[0, 0, lane][unit] = Start("a")[unit, lane];
            if (_function.IsLstm && _function.IsCell)
                states[0, 1, lane][unit] = Start("c")[unit, lane];
        }
        return new Model<double>(network, parameters).Forward(
            Batch.OfValues(values, _times, _lanes, _width, ClassTargets.None(_times * _lanes)),
            initial: states
        );
    }

    private CourseArray Start(string part) => _inputs[_function.IsCell ? $"{part}_prev" : $"{part}0"];

    private void Fill(Parameters<double> parameters)
    {
        Network network = parameters.Network;
        if (network.Outputs > 0)
        {
            _inputs[_function.IsLstm ? "Wy" : "Wya"].Data.CopyTo(parameters["head.weight"]);
            _inputs["by"].Data.CopyTo(parameters["head.bias"]);
        }
        if (!_function.IsLstm)
        {
            _inputs["Wax"].Data.CopyTo(parameters["weight_ih_l0"]);
            _inputs["Waa"].Data.CopyTo(parameters["weight_hh_l0"]);
            _inputs["ba"].Data.CopyTo(parameters["bias_ih_l0"]);
            return;
        }
        for (int gate = 0; gate < Gates.Length; gate++)
        {
            CourseArray w = _inputs[Gates[gate].Weights];
            _inputs[Gates[gate].Bias].Data.CopyTo(parameters["bias_ih_l0"][(gate * _units)..]);
            for (int unit = 0; unit < _units; unit++)
            {
                int row = gate * _units + unit;
                for (int column = 0; column < _units; column++)
                    parameters["weight_hh_l0"][row * _units + column] = w[unit, column];
                for (int column = 0; column < _width; column++)
                    parameters["weight_ih_l0"][row * _width + column] = w[unit, _units + column];
            }
        }
    }

    // [time][lane][h, then c where there is one]
    private double[] Adjoints()
    {
        int parts = _function.IsLstm ? 2 : 1;
        double[] adjoints = new double[_times * _lanes * parts * _units];
        for (int t = 0; t < _times; t++)
        for (int lane = 0; lane < _lanes; lane++)
        for (int unit = 0; unit < _units; unit++)
        {
            int at = (t * _lanes + lane) * parts * _units + unit;
            adjoints[at] = _function.IsCell ? _inputs["da_next"][unit, lane] : _inputs["da"][unit, lane, t];
            if (_function.IsCell && _function.IsLstm)
                adjoints[at + _units] = _inputs["dc_next"][unit, lane];
        }
        return adjoints;
    }

    private static double Sum(DenseMap map, Block block, int index)
    {
        double sum = 0;
        for (int t = 0; t < map.Times; t++)
        for (int k = 0; k <= t; k++)
            sum += map.Entry(block, t, k)[index];
        return sum;
    }

    private CourseArrays Read(Network network, DenseMap map, Func<Block, int, double> of)
    {
        CourseArrays gradients = Weights(network, of);
        CourseArray dx = new(_width, _lanes, _times),
            da0 = new(_units, _lanes),
            dc0 = new(_units, _lanes);
        for (int lane = 0; lane < _lanes; lane++)
        for (int t = 0; t < _times; t++)
        {
            for (int k = 0; k <= t; k++)
            for (int i = 0; i < _width; i++)
                dx[i, lane, k] += map.Input(t, k, lane)[i];
            for (int unit = 0; unit < _units; unit++)
            {
                da0[unit, lane] += map.Initial(0, t, lane)[unit];
                if (_function.IsLstm)
                    dc0[unit, lane] += map.Initial(0, t, lane)[_units + unit];
            }
        }
        (gradients["dx"], gradients["da0"], gradients["dc0"]) = (dx, da0, dc0);
        return gradients;
    }

    private CourseArrays Weights(Network network, Func<Block, int, double> of)
    {
        Block x = network["weight_ih_l0"],
            h = network["weight_hh_l0"],
            b = network["bias_ih_l0"];
        CourseArray Array(Block block, int rows, int columns, int first) =>
            new([rows, columns], [.. Enumerable.Range(first, rows * columns).Select(i => of(block, i))]);
        if (!_function.IsLstm)
            return new()
            {
                ["dWax"] = Array(x, _units, _width, 0),
                ["dWaa"] = Array(h, _units, _units, 0),
                ["dba"] = Array(b, _units, 1, 0),
            };
        var gradients = new CourseArrays();
        for (int gate = 0; gate < Gates.Length; gate++)
        {
            var w = new CourseArray(_units, _units + _width);
            for (int unit = 0; unit < _units; unit++)
            {
                int row = gate * _units + unit;
                for (int column = 0; column < _units; column++)
                    w[unit, column] = of(h, row * _units + column);
                for (int column = 0; column < _width; column++)
                    w[unit, _units + column] = of(x, row * _width + column);
            }
            gradients[$"d{Gates[gate].Weights}"] = w;
            gradients[$"d{Gates[gate].Bias}"] = Array(b, _units, 1, gate * _units);
        }
        return gradients;
    }

    /// <summary>A cell whose whole state can be seen from outside, so that an adjoint can be given on every part of it; its equations are the cell's own.</summary>
    private sealed class WholeState(Cell cell) : Cell
    {
        public override string Name => cell.Name;
        public override string Title => cell.Title;
        public override string Equation => cell.Equation;
        public override IReadOnlyList<Gate> Gates => cell.Gates;
        public override IReadOnlyList<string> State => cell.State;
        public override int OutputParts => cell.State.Count;

        public override TResult Open<V, TResult>(ICellUser<V, TResult> user) => cell.Open(user);
    }
}
