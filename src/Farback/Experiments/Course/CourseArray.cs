namespace Farback.Experiments;

/// <summary>An array as numpy prints it: a shape, and the numbers in row-major order.</summary>
/// <remarks>The exercise is feature-major: x is (n_x, m, T), one column a sequence.</remarks>
public sealed class CourseArray
{
    /// <summary>All zero.</summary>
    public CourseArray(params int[] shape)
        : this(shape, new double[Count(shape)]) { }

    /// <summary>Of given numbers.</summary>
    /// <exception cref="ArgumentException">There are not as many as the shape asks for.</exception>
    public CourseArray(int[] shape, double[] data)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(data);
        if (Count(shape) != data.Length)
            throw new ArgumentException(
                $"array: shape ({string.Join(", ", shape)}) holds {Count(shape):N0} numbers, got {data.Length:N0}."
            );
        (Shape, Data) = (shape, data);
    }

    /// <summary>The sizes, from the slowest index on.</summary>
    public IReadOnlyList<int> Shape { get; }

    /// <summary>The numbers, row-major.</summary>
    public double[] Data { get; }

    /// <summary>A number of a matrix.</summary>
    public ref double this[int i, int j] => ref Data[i * Shape[1] + j];

    /// <summary>A number of an array of three axes.</summary>
    public ref double this[int i, int j, int k] => ref Data[(i * Shape[1] + j) * Shape[2] + k];

    /// <summary>x[:, :, t] of an array of three axes.</summary>
    public CourseArray At(int t)
    {
        var slice = new CourseArray(Shape[0], Shape[1]);
        for (int i = 0; i < Shape[0]; i++)
        for (int j = 0; j < Shape[1]; j++)
            slice[i, j] = this[i, j, t];
        return slice;
    }

    /// <summary>x[:, :, t] = slice.</summary>
    public void Put(int t, CourseArray slice)
    {
        ArgumentNullException.ThrowIfNull(slice);
        for (int i = 0; i < Shape[0]; i++)
        for (int j = 0; j < Shape[1]; j++)
            this[i, j, t] = slice[i, j];
    }

    /// <summary>The shape as Python writes it: (5, 10, 4).</summary>
    public override string ToString() => TextOf(Shape);

    internal static string TextOf(IReadOnlyList<int> shape) => shape.Count == 1 ? $"({shape[0]},)" : $"({string.Join(", ", shape)})";

    private static long Count(int[] shape) => shape.Aggregate(1L, (count, size) => checked(count * size));
}
