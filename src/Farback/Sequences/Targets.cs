namespace Farback.Sequences;

/// <summary>What the network should say at each place [time][lane]; a place without a target has no loss.</summary>
public abstract class Targets
{
    /// <summary>The number of places, T·B.</summary>
    public abstract int Count { get; }

    /// <summary>True where the place has a target.</summary>
    public abstract bool IsPresent(int place);
}

/// <summary>One class out of several; <see cref="Ignored"/> where there is none.</summary>
public sealed class ClassTargets(int[] classes) : Targets
{
    /// <summary>The mark of a place without a target.</summary>
    public const int Ignored = -1;

    /// <summary>No target anywhere: for a batch that is only read, for its answers.</summary>
    /// <param name="places">T·B.</param>
    public static ClassTargets None(int places)
    {
        int[] classes = new int[places];
        Array.Fill(classes, Ignored);
        return new(classes);
    }

    /// <summary>Class numbers [time][lane].</summary>
    public int[] Classes { get; } = classes;

    /// <inheritdoc/>
    public override int Count => Classes.Length;

    /// <inheritdoc/>
    public override bool IsPresent(int place) => Classes[place] >= 0;
}

/// <summary>Real numbers to be met; a place that holds NaN in its first number has none.</summary>
public sealed class ValueTargets(double[] values, int size) : Targets
{
    /// <summary>Numbers [time][lane][size].</summary>
    public double[] Values { get; } = values;

    /// <summary>How many numbers a place has.</summary>
    public int Size { get; } = size;

    /// <summary>The numbers of one place.</summary>
    public ReadOnlySpan<double> At(int place) => Values.AsSpan(place * Size, Size);

    /// <inheritdoc/>
    public override int Count => Values.Length / Size;

    /// <inheritdoc/>
    public override bool IsPresent(int place) => !double.IsNaN(Values[place * Size]);
}
