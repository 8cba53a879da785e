using Farback.Experiments;

namespace Farback.Tests.Experiments.Course;

/// <summary>The exercise in plain loops, sequence by sequence and number by number, right or with one of its classic mistakes.</summary>
internal sealed class PlainCourse(string function, CourseArrays inputs, CourseMistake mistake = CourseMistake.None, string gates = "fico")
{
    private readonly bool _lstm = function.StartsWith("lstm", StringComparison.Ordinal),
        _cell = function.Contains("_cell_", StringComparison.Ordinal),
        _back = function.EndsWith("_backward", StringComparison.Ordinal);

    // of one sequence at one step
    private sealed class Step
    {
        public double[] X = [],
            APrev = [],
            A = [],
            CPrev = [],
            C = [];
        public Dictionary<char, double[]> Gate = [];
    }

    private int Lanes => inputs[_cell ? "xt" : "x"].Shape[1];
    private int Width => inputs[_cell ? "xt" : "x"].Shape[0];
    private int Units => inputs[_cell ? "a_prev" : "a0"].Shape[0];
    private int Times => _cell ? 1 : inputs["x"].Shape[2];
    private int Steps =>
        _cell ? 1
        : _back ? inputs["da"].Shape[2]
        : Times;

    public CourseArrays Run()
    {
        var results = new CourseArrays();
        for (int lane = 0; lane < Lanes; lane++)
        {
            List<Step> steps = Forward(lane);
            if (_back)
                Backward(results, steps, lane);
            else
                Report(results, steps, lane);
        }
        if (!_back && mistake == CourseMistake.SoftmaxOverSequences)
            AlongTheWrongAxis(
                results[
                    _cell ? "yt_pred"
                    : _lstm ? "y"
                    : "y_pred"
                ]
            );
        if (mistake is CourseMistake.WeightsAveraged or CourseMistake.BiasAveraged)
            foreach ((string name, CourseArray array) in results)
                if (
                    name.StartsWith("db", StringComparison.Ordinal)
                    || (mistake == CourseMistake.WeightsAveraged && name.StartsWith("dW", StringComparison.Ordinal))
                )
                    for (int i = 0; i < array.Data.Length; i++)
                        array.Data[i] /= Lanes;
        return results;
    }

    private List<Step> Forward(int lane)
    {
        List<Step> steps = [];
        double[] a = Column(inputs[_cell ? "a_prev" : "a0"], lane, 0),
            c = _lstm && _cell ? Column(inputs["c_prev"], lane, 0) : new double[Units];
        double[] start = a;
        for (int t = 0; t < Times; t++)
        {
            var step = new Step
            {
                X = Column(inputs[_cell ? "xt" : "x"], lane, t),
                APrev = a,
                CPrev = c,
            };
            if (_lstm)
                Lstm(step);
            else
                step.A =
                [
                    .. Enumerable
                        .Range(0, Units)
                        .Select(j =>
                            Row("Wax", j, step.X) + Row("Waa", j, a) + (mistake == CourseMistake.BiasLeftOut ? 0 : inputs["ba"].Data[j])
                        )
                        .Select(z => mistake == CourseMistake.NoTanh ? z : Math.Tanh(z)),
                ];
            steps.Add(step);
            a = mistake == CourseMistake.StateNotCarried ? start : step.A;
            c = mistake == CourseMistake.MemoryNotCarried ? new double[Units] : step.C;
        }
        return steps;
    }

    private void Lstm(Step step)
    {
        double[] concat = mistake == CourseMistake.StackedTheOtherWay && !_back ? [.. step.X, .. step.APrev] : [.. step.APrev, .. step.X];
        for (int gate = 0; gate < 4; gate++)
        {
            char weights = _back ? "fico"[gate] : gates[gate];
            bool tanh = gate == 2 && mistake != CourseMistake.CandidateBySigmoid;
            step.Gate["fico"[gate]] =
            [
                .. Enumerable
                    .Range(0, Units)
                    .Select(j => Row($"W{weights}", j, concat) + (mistake == CourseMistake.BiasLeftOut ? 0 : inputs[$"b{weights}"].Data[j]))
                    .Select(z => tanh ? Math.Tanh(z) : 1 / (1 + Math.Exp(-z))),
            ];
        }
        step.C = new double[Units];
        step.A = new double[Units];
        for (int j = 0; j < Units; j++)
        {
            step.C[j] = step.Gate['f'][j] * step.CPrev[j] + step.Gate['i'][j] * step.Gate['c'][j];
            step.A[j] = step.Gate['o'][j] * (mistake == CourseMistake.NoTanhOfMemory ? step.C[j] : Math.Tanh(step.C[j]));
        }
    }

    private void Report(CourseArrays results, List<Step> steps, int lane)
    {
        for (int t = 0; t < steps.Count; t++)
        {
            double[] read = mistake == CourseMistake.ReadOutOfPreviousState ? steps[t].APrev : steps[t].A;
            double[] logits = [.. inputs["by"].Data.Select((b, i) => b + Row(_lstm ? "Wy" : "Wya", i, read))];
            bool raw = mistake is CourseMistake.NoSoftmax or CourseMistake.SoftmaxOverSequences;
            double sum = logits.Sum(Math.Exp);
            Put(results, _cell ? "a_next" : "a", steps[t].A, lane, t);
            if (_lstm)
                Put(results, _cell ? "c_next" : "c", steps[t].C, lane, t);
            Put(
                results,
                _cell ? "yt_pred"
                    : _lstm ? "y"
                    : "y_pred",
                raw ? logits : [.. logits.Select(z => Math.Exp(z) / sum)],
                lane,
                t
            );
        }
    }

    private static void AlongTheWrongAxis(CourseArray y)
    {
        int times = y.Shape.Count == 3 ? y.Shape[2] : 1;
        for (int i = 0; i < y.Shape[0]; i++)
        for (int t = 0; t < times; t++)
        {
            int At(int lane) => (i * y.Shape[1] + lane) * times + t;
            double sum = Enumerable.Range(0, y.Shape[1]).Sum(lane => Math.Exp(y.Data[At(lane)]));
            for (int lane = 0; lane < y.Shape[1]; lane++)
                y.Data[At(lane)] = Math.Exp(y.Data[At(lane)]) / sum;
        }
    }

    private void Backward(CourseArrays results, List<Step> steps, int lane)
    {
        double[] carryA = new double[Units],
            carryC = new double[Units];
        IEnumerable<int> way = Enumerable.Range(0, Steps);
        foreach (int t in mistake == CourseMistake.LoopRunsForwards ? way : way.Reverse())
        {
            bool last = t == 0; // of the loop: what overwriting leaves
            double[] da = Column(inputs[_cell ? "da_next" : "da"], lane, t),
                dc = _cell && _lstm ? Column(inputs["dc_next"], lane, 0) : [.. carryC];
            for (int j = 0; j < Units; j++)
            {
                if (!_cell && mistake is not (CourseMistake.CarryLeftOut or CourseMistake.NothingCarried))
                    da[j] += carryA[j];
                if (!_cell && mistake is CourseMistake.MemoryCarryLeftOut or CourseMistake.NothingCarried)
                    dc[j] = 0;
            }
            bool keep = mistake != CourseMistake.Overwritten || last;
            Dictionary<char, double[]> deltas = _lstm ? LstmDeltas(steps[t], da, dc, out carryC) : new() { ['a'] = RnnDelta(steps[t], da) };
            double[] dx = new double[Width],
                daPrev = new double[Units];
            foreach ((char gate, double[] delta) in deltas)
                for (int j = 0; j < Units; j++)
                {
                    for (int l = 0; l < Width; l++)
                        dx[l] += delta[j] * W(gate, j, l, ofState: false);
                    for (int l = 0; l < Units; l++)
                        daPrev[l] +=
                            mistake == CourseMistake.NotTransposed
                                ? W(gate, l, j, ofState: true) * delta[j]
                                : delta[j] * W(gate, j, l, ofState: true);
                }
            double[] aPrev = mistake == CourseMistake.DaPrevForAPrev ? daPrev : steps[t].APrev;
            foreach ((char gate, double[] delta) in deltas)
                Gradients(results, gate, delta, aPrev, steps[t].X, lane, keep);
            carryA = mistake == CourseMistake.APrevForDaPrev ? steps[t].APrev : daPrev;
            Put(results, _cell ? "dxt" : "dx", dx, lane, t);
        }
        Put(results, _cell ? "da_prev" : "da0", carryA, lane, 0, ofTime: false);
        if (_lstm && _cell)
            Put(results, "dc_prev", carryC, lane, 0, ofTime: false);
    }

    private double[] RnnDelta(Step step, double[] da) =>
        [
            .. da.Select(
                (d, j) =>
                    mistake switch
                    {
                        CourseMistake.NoTanhSlope => d,
                        CourseMistake.SlopeWithoutSquare => d * (1 - step.A[j]),
                        CourseMistake.SlopeOfTanhTwice => d * (1 - Math.Pow(Math.Tanh(step.A[j]), 2)),
                        CourseMistake.SlopeAtPreviousState => d * (1 - step.APrev[j] * step.APrev[j]),
                        _ => d * (1 - step.A[j] * step.A[j]),
                    }
            ),
        ];

    private Dictionary<char, double[]> LstmDeltas(Step step, double[] da, double[] dc, out double[] dcPrev)
    {
        var deltas = "fico".ToDictionary(gate => gate, _ => new double[Units]);
        dcPrev = new double[Units];
        double Slope(double s) => mistake == CourseMistake.NoGateSlopes ? 1 : s * (1 - s);
        for (int j = 0; j < Units; j++)
        {
            double f = step.Gate['f'][j],
                i = step.Gate['i'][j],
                g = step.Gate['c'][j],
                o = step.Gate['o'][j],
                c = step.C[j];
            double slope =
                mistake == CourseMistake.NoMemorySlope ? 1
                : mistake == CourseMistake.MemorySlopeWithoutTanh ? 1 - c * c
                : 1 - Math.Tanh(c) * Math.Tanh(c);
            double fromState = da[j] * o * slope,
                all = mistake == CourseMistake.NoWayFromStateToMemory ? dc[j]
                : mistake == CourseMistake.DcNextLeftOut ? fromState
                : dc[j] + fromState;
            deltas['f'][j] = all * (mistake == CourseMistake.NextMemoryForPrevious ? c : step.CPrev[j]) * Slope(f);
            deltas['i'][j] = all * g * Slope(i);
            deltas['c'][j] = all * i * (mistake == CourseMistake.NoCandidateSlope ? 1 : 1 - g * g);
            deltas['o'][j] = da[j] * Math.Tanh(c) * Slope(o);
            dcPrev[j] = f * (mistake == CourseMistake.DcPrevWithoutState ? dc[j] : all);
        }
        return deltas;
    }

    private void Gradients(CourseArrays results, char gate, double[] delta, double[] aPrev, double[] x, int lane, bool keep)
    {
        CourseArray Sum(string name, int columns) =>
            results.TryGetValue(name, out CourseArray? found) ? found : results[name] = new CourseArray(Units, columns);
        if (!_lstm)
        {
            CourseArray dWax = Sum("dWax", Width),
                dWaa = Sum("dWaa", Units);
            Bias(Sum("dba", mistake == CourseMistake.BiasNotSummed ? Lanes : 1), delta, lane, keep);
            for (int j = 0; j < Units && keep; j++)
            {
                for (int l = 0; l < Width; l++)
                    dWax[j, l] += delta[j] * x[l];
                for (int l = 0; l < Units; l++)
                    dWaa[j, l] += delta[j] * aPrev[l];
            }
            return;
        }
        char letter = _back && gates != "fico" ? gates["fico".IndexOf(gate, StringComparison.Ordinal)] : gate;
        double[] concat = mistake == CourseMistake.StackedTheOtherWay ? [.. x, .. aPrev] : [.. aPrev, .. x];
        CourseArray dW = Sum($"dW{letter}", concat.Length);
        Bias(Sum($"db{letter}", mistake == CourseMistake.BiasNotSummed ? Lanes : 1), delta, lane, keep);
        for (int j = 0; j < Units && keep; j++)
        for (int l = 0; l < concat.Length; l++)
            dW[j, l] += delta[j] * concat[l];
    }

    private void Bias(CourseArray to, double[] delta, int lane, bool keep)
    {
        for (int j = 0; j < Units && keep; j++)
            to[j, mistake == CourseMistake.BiasNotSummed ? lane : 0] += delta[j];
    }

    private double W(char gate, int row, int column, bool ofState)
    {
        if (!_lstm)
            return inputs[ofState ? "Waa" : "Wax"][row, column];
        bool stateFirst = mistake != CourseMistake.StackedTheOtherWay;
        return inputs[$"W{gate}"][row, ofState == stateFirst ? column : column + (stateFirst ? Units : Width)];
    }

    private double Row(string name, int row, double[] operand) => operand.Select((u, l) => u * inputs[name][row, l]).Sum();

    private static double[] Column(CourseArray array, int lane, int t) =>
        [.. Enumerable.Range(0, array.Shape[0]).Select(i => array.Shape.Count == 3 ? array[i, lane, t] : array[i, lane])];

    private void Put(CourseArrays results, string name, double[] column, int lane, int t, bool ofTime = true)
    {
        bool overTime = ofTime && !_cell;
        if (!results.TryGetValue(name, out CourseArray? array))
            results[name] = array = overTime ? new CourseArray(column.Length, Lanes, Steps) : new CourseArray(column.Length, Lanes);
        for (int i = 0; i < column.Length; i++)
            if (overTime)
                array[i, lane, t] = column[i];
            else
                array[i, lane] = column[i];
    }
}
