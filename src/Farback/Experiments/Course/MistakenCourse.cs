using static Farback.Experiments.CourseMatrix;

namespace Farback.Experiments;

/// <summary>The exercise in its own lines with one of them wrong: what a student's numbers are compared with to guess the mistake.</summary>
/// <remarks>
///   The right numbers come from the library, never from here; without a mistake the two agree, which a test holds. Not made to be fast.
/// </remarks>
internal sealed class MistakenCourse(CourseFunction function, CourseArrays inputs, CourseMistake mistake, IReadOnlyList<int>? order = null)
{
    // the exercise's order
    private static readonly string[] Gates = ["f", "i", "c", "o"];

    // one step's cache; of an RNN only the states and x
    private sealed record Cache(
        CourseArray X,
        CourseArray APrev,
        CourseArray A,
        CourseArray CPrev,
        CourseArray C,
        CourseArray F,
        CourseArray I,
        CourseArray G,
        CourseArray O
    );

    private CourseArray Now => inputs[function.IsCell ? "xt" : "x"];

    private int Units => inputs[function.IsCell ? "a_prev" : "a0"].Shape[0];

    private bool Is(CourseMistake one) => mistake == one;

    /// <summary>What the function would return.</summary>
    public CourseArrays Run()
    {
        List<Cache> caches = [];
        CourseArray first = inputs[function.IsCell ? "a_prev" : "a0"],
            a = first,
            c = function is { IsLstm: true, IsCell: true } ? inputs["c_prev"] : new(Units, first.Shape[1]);
        int steps = function.IsCell ? 1 : Now.Shape[2];
        for (int t = 0; t < steps; t++)
        {
            CourseArray x = function.IsCell ? Now : Now.At(t);
            bool forward = !function.IsBackward;
            Cache cache = function.IsLstm ? LstmStep(x, a, c) : RnnStep(x, a);
            caches.Add(cache);
            a = forward && Is(CourseMistake.StateNotCarried) ? first : cache.A;
            c = forward && Is(CourseMistake.MemoryNotCarried) ? new(Units, first.Shape[1]) : cache.C;
        }
        return function.IsBackward ? Backward(caches) : Forward(caches);
    }

    private Cache RnnStep(CourseArray x, CourseArray aPrev)
    {
        CourseArray z = Plus(Dot(inputs["Wax"], x), Dot(inputs["Waa"], aPrev));
        if (!Is(CourseMistake.BiasLeftOut))
            z = Plus(z, inputs["ba"]);
        CourseArray a = Is(CourseMistake.NoTanh) ? z : Map(z, Math.Tanh);
        return new(x, aPrev, a, aPrev, a, a, a, a, a);
    }

    private Cache LstmStep(CourseArray x, CourseArray aPrev, CourseArray cPrev)
    {
        CourseArray concat = !function.IsBackward && Is(CourseMistake.StackedTheOtherWay) ? Stack(x, aPrev) : Stack(aPrev, x);
        CourseArray Sum(int gate)
        {
            string letter = Gates[!function.IsBackward && order is not null ? order[gate] : gate];
            CourseArray z = Dot(inputs[$"W{letter}"], concat);
            return Is(CourseMistake.BiasLeftOut) ? z : Plus(z, inputs[$"b{letter}"]);
        }
        CourseArray f = Map(Sum(0), Sigmoid),
            i = Map(Sum(1), Sigmoid),
            g = Map(Sum(2), Is(CourseMistake.CandidateBySigmoid) ? Sigmoid : Math.Tanh),
            c = Plus(Times(f, cPrev), Times(i, g)),
            o = Map(Sum(3), Sigmoid),
            a = Times(o, Is(CourseMistake.NoTanhOfMemory) ? c : Map(c, Math.Tanh));
        return new(x, aPrev, a, cPrev, c, f, i, g, o);
    }

    private CourseArrays Forward(List<Cache> caches)
    {
        CourseArray by = inputs["by"];
        int lanes = Now.Shape[1];
        CourseArray a = new(Units, lanes, caches.Count),
            c = new(Units, lanes, caches.Count),
            y = new(by.Shape[0], lanes, caches.Count);
        for (int t = 0; t < caches.Count; t++)
        {
            CourseArray read = Is(CourseMistake.ReadOutOfPreviousState) ? caches[t].APrev : caches[t].A,
                logits = Plus(Dot(inputs[function.IsLstm ? "Wy" : "Wya"], read), by);
            a.Put(t, caches[t].A);
            c.Put(t, caches[t].C);
            y.Put(t, Is(CourseMistake.NoSoftmax) ? logits : Softmax(logits, Is(CourseMistake.SoftmaxOverSequences)));
        }
        var all = new CourseArrays
        {
            ["a"] = a,
            ["c"] = c,
            ["y"] = y,
            ["y_pred"] = y,
        };
        return function.IsCell ? CourseRun.Cell(all) : all;
    }

    private CourseArrays Backward(List<Cache> caches)
    {
        int steps = function.IsCell ? 1 : inputs["da"].Shape[2];
        CourseArray dx = new(Now.Shape[0], Now.Shape[1], steps),
            daPrev = new(Units, Now.Shape[1]),
            dcPrev = new(Units, Now.Shape[1]);
        CourseArrays sums = [];
        for (int step = 0; step < steps; step++)
        {
            int t = Is(CourseMistake.LoopRunsForwards) ? step : steps - 1 - step;
            CourseArray daNext = function.IsCell ? inputs["da_next"] : inputs["da"].At(t),
                dcNext = function is { IsCell: true, IsLstm: true } ? inputs["dc_next"] : dcPrev;
            if (!function.IsCell && !Is(CourseMistake.CarryLeftOut) && !Is(CourseMistake.NothingCarried))
                daNext = Plus(daNext, daPrev);
            if (!function.IsCell && (Is(CourseMistake.MemoryCarryLeftOut) || Is(CourseMistake.NothingCarried)))
                dcNext = new(Units, Now.Shape[1]);
            CourseArrays one = function.IsLstm ? LstmBack(caches[t], daNext, dcNext) : RnnBack(caches[t], daNext);
            (daPrev, dcPrev) = (one["da_prev"], function.IsLstm ? one["dc_prev"] : dcPrev);
            dx.Put(t, one["dxt"]);
            foreach (
                (string name, CourseArray gradient) in one.Where(pair =>
                    pair.Key.StartsWith("dW", StringComparison.Ordinal) || pair.Key.StartsWith("db", StringComparison.Ordinal)
                )
            )
                sums[name] =
                    sums.TryGetValue(name, out CourseArray? sum) && !Is(CourseMistake.Overwritten) ? Plus(sum, gradient) : gradient;
        }
        (sums["dx"], sums["da0"], sums["dc0"]) = (dx, daPrev, dcPrev);
        return function.IsCell ? CourseRun.Cell(sums) : sums;
    }

    private CourseArrays RnnBack(Cache cache, CourseArray daNext)
    {
        // dtanh = (1 − a_next²) da_next
        CourseArray dtanh = Map(
            daNext,
            Is(CourseMistake.SlopeAtPreviousState) ? cache.APrev : cache.A,
            (da, a) =>
                mistake switch
                {
                    CourseMistake.NoTanhSlope => da,
                    CourseMistake.SlopeWithoutSquare => da * (1 - a),
                    CourseMistake.SlopeOfTanhTwice => da * (1 - Math.Tanh(a) * Math.Tanh(a)),
                    _ => da * (1 - a * a),
                }
        );
        CourseArray daPrev = Is(CourseMistake.NotTransposed) ? Dot(inputs["Waa"], dtanh) : TransposedDot(inputs["Waa"], dtanh);
        return new()
        {
            ["dxt"] = TransposedDot(inputs["Wax"], dtanh),
            ["dWax"] = Weights(dtanh, cache.X),
            ["dWaa"] = Weights(dtanh, Is(CourseMistake.DaPrevForAPrev) ? daPrev : cache.APrev),
            ["da_prev"] = Is(CourseMistake.APrevForDaPrev) ? cache.APrev : daPrev,
            ["dba"] = Bias(dtanh),
        };
    }

    private CourseArrays LstmBack(Cache cache, CourseArray daNext, CourseArray dcNext)
    {
        (CourseArray f, CourseArray i, CourseArray g, CourseArray o) = (cache.F, cache.I, cache.G, cache.O);
        CourseArray Slope(CourseArray gate) => Map(gate, s => Is(CourseMistake.NoGateSlopes) ? 1 : s * (1 - s));
        // what reaches c: dc_next + da_next o (1 − tanh²c)
        CourseArray slope = Map(
            cache.C,
            c =>
                mistake switch
                {
                    CourseMistake.NoMemorySlope => 1,
                    CourseMistake.MemorySlopeWithoutTanh => 1 - c * c,
                    _ => 1 - Math.Tanh(c) * Math.Tanh(c),
                }
        );
        CourseArray through = Times(Times(daNext, o), slope),
            dc = Is(CourseMistake.NoWayFromStateToMemory) ? dcNext
            : Is(CourseMistake.DcNextLeftOut) ? through
            : Plus(dcNext, through);
        CourseArray[] δ =
        [
            Times(Times(dc, Is(CourseMistake.NextMemoryForPrevious) ? cache.C : cache.CPrev), Slope(f)),
            Times(Times(dc, g), Slope(i)),
            Times(Times(dc, i), Map(g, s => Is(CourseMistake.NoCandidateSlope) ? 1 : 1 - s * s)),
            Times(Times(daNext, Map(cache.C, Math.Tanh)), Slope(o)),
        ];
        int units = Units,
            width = Now.Shape[0];
        bool other = Is(CourseMistake.StackedTheOtherWay);
        CourseArray Back(int first, int count) =>
            Gates.Select((letter, gate) => TransposedDot(Columns(inputs[$"W{letter}"], first, count), δ[gate])).Aggregate(Plus);
        CourseArray daPrev = Is(CourseMistake.NotTransposed)
            ? Gates.Select((letter, gate) => Dot(Columns(inputs[$"W{letter}"], 0, units), δ[gate])).Aggregate(Plus)
            : Back(other ? width : 0, units);
        CourseArray aPrev = Is(CourseMistake.DaPrevForAPrev) ? daPrev : cache.APrev,
            concat = other ? Stack(cache.X, aPrev) : Stack(aPrev, cache.X);
        var all = new CourseArrays
        {
            ["dxt"] = Back(other ? 0 : units, width),
            ["da_prev"] = Is(CourseMistake.APrevForDaPrev) ? cache.APrev : daPrev,
            ["dc_prev"] = Times(Is(CourseMistake.DcPrevWithoutState) ? dcNext : dc, f),
        };
        for (int gate = 0; gate < Gates.Length; gate++)
        {
            string letter = Gates[order is null ? gate : order[gate]];
            all[$"dW{letter}"] = Weights(δ[gate], concat);
            all[$"db{letter}"] = Bias(δ[gate]);
        }
        return all;
    }

    private CourseArray Weights(CourseArray δ, CourseArray operand)
    {
        CourseArray sum = DotTransposed(δ, operand);
        return Is(CourseMistake.WeightsAveraged) ? Map(sum, number => number / δ.Shape[1]) : sum;
    }

    private CourseArray Bias(CourseArray δ)
    {
        CourseArray sum = SumOverSequences(δ);
        return Is(CourseMistake.BiasNotSummed) ? δ
            : Is(CourseMistake.BiasAveraged) || Is(CourseMistake.WeightsAveraged) ? Map(sum, number => number / δ.Shape[1])
            : sum;
    }

    private static double Sigmoid(double z) => 1 / (1 + Math.Exp(-z));
}
