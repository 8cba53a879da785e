using Farback.Networks;

namespace Farback.Diagnosis.Laws;

/// <summary>The gradient is the slope of J that finite differences see, which know nothing but J itself.</summary>
/// <remarks>They cannot check small entries of the map (at lag 20 the best step is 3e-4 off); that is what untied copies are for.</remarks>
internal static class DifferenceLaw
{
    // ‖fd − g‖∞ ≤ Relative·‖g‖∞ + Absolute·|J|: the second term is rounding, some ε|J| / h
    private const double RelativeInDouble = 1e-6;
    private const double RelativeInFloat = 1e-4; // the float gradient's own departure, κ of 10 included
    private const double Absolute = 1e-10;

    // five points: truncation h⁴J⁽⁵⁾/30 ≈ 5e-19·J⁽⁵⁾; steps so small seldom cross a kink
    private const double Step = 1.0 / (1 << 14);

    // half the step must see the same slope to a quarter of the tolerance; where it does not there is a kink between
    private const double Agreement = 0.25;

    private const int MostCoordinates = 96; // a model with more parameters is sampled, evenly, so that every block has its turn
    private const double MostSkipped = 0.5; // of those looked at, else the law has not been tested

    public static LawResult Of<T>(LawCase<T> c)
        where T : unmanaged
    {
        var model = new Model<double>(c.Model.Network, c.Model.Parameters.To<double>(), c.Model.Width);
        Trace<double>? trace = null;
        LossField? losses = null;
        double[] values = model.Parameters.Values;
        double J(int i, double by)
        {
            double kept = values[i];
            values[i] = kept + by;
            model.Pack();
            trace = c.Run(model, trace);
            losses = LossField.Of(trace, c.Loss, c.Reduction, losses);
            values[i] = kept;
            return losses.Total;
        }
        double Rise(int i, double by) => J(i, by) - J(i, -by);
        double largest = c.Gradient.Values.Max(number => Math.Abs(Real.ToDouble(number)));
        double allowed = LawCase<T>.Allow(RelativeInDouble, RelativeInFloat) * largest + Absolute * Math.Abs(c.Losses.Total);
        double worst = 0;
        int looked = 0,
            skipped = 0;
        foreach (int i in Coordinates(values.Length))
        {
            double half = Rise(i, Step / 2),
                whole = Rise(i, Step),
                twice = Rise(i, 2 * Step);
            double coarse = (8 * whole - twice) / (12 * Step),
                fine = (8 * half - whole) / (6 * Step);
            looked++;
            if (Math.Abs(coarse - fine) > Agreement * allowed)
                skipped++;
            else
                worst = Math.Max(worst, Departure.Relative(fine - Real.ToDouble(c.Gradient.Values[i]), allowed));
        }
        return new(
            "Finite differences of the loss see the gradient",
            LawCase<T>.Precision,
            skipped > MostSkipped * looked ? double.PositiveInfinity : worst,
            1,
            "‖fd − ∇J‖∞ / (1e-6 ‖∇J‖∞ + 1e-10 |J|) (1e-4 in float); a coordinate across a kink is skipped: two step sizes disagree there.",
            looked - skipped,
            skipped
        );
    }

    private static IEnumerable<int> Coordinates(int count)
    {
        int looked = Math.Min(count, MostCoordinates);
        return Enumerable.Range(0, looked).Select(i => (int)((long)i * count / looked));
    }
}
