using Farback.Networks;
using Farback.Tiles;

namespace Farback.Diagnosis.Laws;

/// <summary>One step of each site by itself: ⟨λ, J v⟩ = ⟨λ J, v⟩ with λ on every part of the state, also those that no loss sees at once.</summary>
/// <remarks>J v by dual numbers, λ J by the cell's page and the packed products; v on the state, the input and the weights in turn.</remarks>
internal static class StepLaw
{
    // both sides are sums of at most some hundred products, relative to ‖λJ‖‖v‖: ε·n ≈ 1e-13 at the worst, ε·√n ≈ 3e-15 by chance
    private const double InDouble = 1e-13;
    private const double InFloat = 3e-6; // ε₂₄·√n, thrice
    private const int Lanes = 5; // rows go four at a time, and then one

    public static IEnumerable<LawResult> Of<T>(LawCase<T> c)
        where T : unmanaged
    {
        double[] worst = new double[3];
        for (int site = 0; site < c.Model.Sites.Count; site++)
        {
            double[] found = At(c.Model, site);
            for (int i = 0; i < 3; i++)
                worst[i] = Math.Max(worst[i], found[i]);
        }
        string[] on = ["state", "input", "weights"];
        for (int i = 0; i < 3; i++)
            yield return new(
                $"A step's vector–Jacobian product is the transpose of the dual numbers' Jacobian–vector product, on the {on[i]}",
                LawCase<T>.Precision,
                worst[i],
                LawCase<T>.Allow(InDouble, InFloat),
                "|⟨λ, Jv⟩ − ⟨λJ, v⟩| / ‖λJ‖‖v‖; more says that a cell's Vjp is not the derivative of its Step.",
                c.Model.Sites.Count
            );
    }

    private static unsafe double[] At<T>(Model<T> model, int index)
        where T : unmanaged
    {
        Site site = model.Sites[index];
        Network network = model.Network;
        Recurrence<T> recurrence = model.Recurrences[index];
        int parts = recurrence.StateParts,
            states = Lanes * parts * site.Units,
            inputs = Lanes * site.Inputs;
        // on a grid that float and double share
        double[] s = Rounded(states, 1),
            x = Rounded(inputs, 2),
            λ = Rounded(states, 3);
        double[] direction = LawCase<T>.Normal(states + inputs + network.ParameterCount, 4 + index);

        LayerTrace<T> run = Load<T>(recurrence, s, x, null, default);
        recurrence.Forward(run, 0, 1);
        Adjoints<T> rows = recurrence.NewAdjoints(Lanes);
        Deltas<T> deltas = recurrence.NewDeltas(Lanes);
        for (int i = 0; i < states; i++)
            Row(rows, site.Units, parts, i) = Real.From<T>(λ[i]);
        for (int lane = 0; lane < Lanes; lane++)
            rows.Lane[lane] = lane;
        recurrence.Equations(run, 0, rows, 0, Lanes, deltas, 0);
        recurrence.StateProduct(run, 0, rows, 0, Lanes, deltas, 0);
        var below = new T[Lanes * recurrence.PaddedInputs];
        fixed (T* target = below)
            recurrence.InputProduct(deltas, 0, 0, Lanes, target, recurrence.PaddedInputs);
        var gradient = new Parameters<T>(network);
        recurrence.AddGradient(run, deltas, 0, 0, 1, gradient.Layer(site));

        double[][] back =
        [
            [.. Enumerable.Range(0, states).Select(i => Real.ToDouble(Row(rows, site.Units, parts, i)))],
            [.. Enumerable.Range(0, inputs).Select(i => Real.ToDouble(below[i / site.Inputs * recurrence.PaddedInputs + i % site.Inputs]))],
            [.. gradient.Values.Select(Real.ToDouble)],
        ];
        var departure = new double[3];
        int from = 0;
        for (int i = 0; i < 3; i++)
        {
            double[] v = new double[direction.Length];
            direction.AsSpan(from, back[i].Length).CopyTo(v.AsSpan(from));
            double forth = Forth(model, index, s, x, v, λ);
            ReadOnlySpan<double> mine = direction.AsSpan(from, back[i].Length);
            departure[i] = Departure.Relative(forth - Departure.Inner(back[i], mine), Departure.Norm(back[i]) * Departure.Norm(mine));
            from += back[i].Length;
        }
        return departure;
    }

    // ⟨λ, Jv⟩
    private static double Forth<T>(Model<T> model, int index, double[] s, double[] x, double[] v, double[] λ)
        where T : unmanaged
    {
        Site site = model.Sites[index];
        Recurrence<Dual> recurrence = Compile.Layer<Dual>(site.Cell, site.Inputs, site.Units);
        var weights = new Parameters<Dual>(model.Network);
        for (int i = 0; i < weights.Values.Length; i++)
            weights.Values[i] = new(Real.ToDouble(model.Parameters.Values[i]), v[s.Length + x.Length + i]);
        LayerTrace<Dual> run = Load(recurrence, s, x, v, weights.Layer(site));
        recurrence.Forward(run, 0, 1);
        double sum = 0;
        for (int i = 0; i < s.Length; i++)
            sum +=
                λ[i]
                * run.State(
                    1,
                    Lane(i, site.Units, recurrence.StateParts),
                    Part(i, site.Units, recurrence.StateParts),
                    i % site.Units
                ).Tangent;
        return sum;
    }

    private static LayerTrace<TNumber> Load<TNumber>(
        Recurrence<TNumber> recurrence,
        double[] s,
        double[] x,
        double[]? v,
        LayerWeights<TNumber> weights
    )
        where TNumber : unmanaged
    {
        if (v is not null)
            recurrence.Pack(weights);
        int units = recurrence.Units;
        LayerTrace<TNumber> run = recurrence.NewTrace(1, Lanes);
        for (int lane = 0; lane < Lanes; lane++)
        {
            for (int part = 0; part < recurrence.StateParts; part++)
            {
                int at = (lane * recurrence.StateParts + part) * units;
                run.SetInitial(lane, part, [.. Enumerable.Range(at, units).Select(i => Number<TNumber>(s[i], v?[i] ?? 0))]);
            }
            for (int i = 0; i < recurrence.Inputs; i++)
            {
                int at = lane * recurrence.Inputs + i;
                run.X(0, lane)[i] = Number<TNumber>(x[at], v?[s.Length + at] ?? 0);
            }
        }
        return run;
    }

    private static TNumber Number<TNumber>(double value, double tangent)
        where TNumber : unmanaged =>
        typeof(TNumber) == typeof(Dual) ? Unsafe.BitCast<Dual, TNumber>(new Dual(value, tangent)) : Real.From<TNumber>(value);

    private static double[] Rounded(int count, int purpose) =>
        [.. LawCase<double>.Normal(count, purpose).Select(number => (double)(float)number)];

    private static int Lane(int i, int units, int parts) => i / (units * parts);

    private static int Part(int i, int units, int parts) => i / units % parts;

    private static ref TNumber Row<TNumber>(Adjoints<TNumber> rows, int units, int parts, int i)
        where TNumber : unmanaged => ref rows.At(Lane(i, units, parts), Part(i, units, parts), i % units);
}
