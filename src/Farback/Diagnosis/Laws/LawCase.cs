using Farback.Gradients;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Diagnosis.Laws;

/// <summary>What the laws are asked of: a model, a batch, a loss; with the run, the gradient and the map, each made once.</summary>
internal sealed class LawCase<T>
    where T : unmanaged
{
    private readonly long? _dropoutSeed;
    private readonly Lazy<DenseMap> _map;
    private readonly Lazy<UntiedCopies> _copies;

    public LawCase(Model<T> model, Batch batch, Loss loss, Reduction reduction, long? dropoutSeed)
    {
        (Model, Batch, Loss, Reduction, _dropoutSeed) = (model, batch, loss, reduction, dropoutSeed);
        Trace = Run(model);
        Losses = LossField.Of(Trace, loss, reduction);
        Gradient = Bptt<T>.Gradient(Trace, Losses);
        _map = new(() => DenseMap.Of(Trace, Losses));
        _copies = new(() => UntiedCopies.Of(Trace, Losses));
    }

    public Model<T> Model { get; }
    public Batch Batch { get; }
    public Loss Loss { get; }
    public Reduction Reduction { get; }
    public Trace<T> Trace { get; }
    public LossField Losses { get; }
    public Parameters<T> Gradient { get; }
    public DenseMap Map => _map.Value;
    public UntiedCopies Copies => _copies.Value;

    /// <summary>A run of the batch with the case's dropout, the same mask each time.</summary>
    public Trace<TOther> Run<TOther>(Model<TOther> model, Trace<TOther>? reuse = null, Batch? batch = null)
        where TOther : unmanaged =>
        model.Forward(batch ?? Batch, reuse, _dropoutSeed is { } seed ? new RandomStream(seed, purpose: 7) : null);

    /// <summary>double or float.</summary>
    public static string Precision => typeof(T) == typeof(float) ? "float" : "double";

    /// <summary>The tolerance in the model's precision.</summary>
    public static double Allow(double inDouble, double inFloat) => typeof(T) == typeof(float) ? inFloat : inDouble;

    /// <summary>Random numbers, the same at every call with the same purpose.</summary>
    public static double[] Normal(long count, int purpose)
    {
        var random = new RandomStream(20_26, purpose);
        var numbers = new double[count];
        foreach (ref double number in numbers.AsSpan())
            number = random.NextNormal();
        return numbers;
    }
}

/// <summary>What laws compare with.</summary>
internal static class Departure
{
    /// <summary>difference / size, where no difference is none, however small the size.</summary>
    public static double Relative(double difference, double size) => difference == 0 ? 0 : Math.Abs(difference) / size;

    /// <summary>‖a − b‖∞ / ‖b‖∞; NaN where either holds one.</summary>
    public static double Normwise(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double difference = 0,
            size = 0;
        for (int i = 0; i < a.Length; i++)
        {
            difference = Math.Max(difference, Math.Abs(a[i] - b[i]));
            size = Math.Max(size, Math.Abs(b[i]));
        }
        return Relative(difference, size);
    }

    /// <summary>⟨a, b⟩.</summary>
    public static double Inner(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }

    /// <summary>‖a‖.</summary>
    public static double Norm(ReadOnlySpan<double> a) => Math.Sqrt(Inner(a, a));
}
