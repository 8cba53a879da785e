namespace Farback.Formats.Hdf5;

/// <summary>The sizes of an array.</summary>
internal static class Dataspace
{
    private const int MostInFile = 32;

    public static long[] Read(Hdf5Reader reader)
    {
        int version = reader.Version(1, 2),
            rank = reader.U8();
        reader.Skip(1); // whether largest sizes follow, which only a writer needs
        if (version == 1)
            reader.Skip(5);
        else if (reader.U8() == 2)
            return [0]; // null: no elements
        if (rank > MostInFile)
            throw reader.Fault($"{reader.What} has {rank} dimensions", $"at most {MostInFile}");
        var shape = new long[rank];
        for (int axis = 0; axis < rank; axis++)
        {
            ulong size = reader.U64();
            shape[axis] = size <= long.MaxValue ? (long)size : throw reader.Fault($"{reader.What} has the size {size}", "a smaller one");
        }
        return Tensor.Product(shape) is not null
            ? shape
            : throw reader.Fault($"{reader.What} has the shape {Tensor.Describe(shape)}", "sizes whose product is a number of elements");
    }
}
