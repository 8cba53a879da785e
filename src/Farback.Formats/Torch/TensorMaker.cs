namespace Farback.Formats.Torch;

/// <summary>Storages and the strided views of them, made of a pickle's own values and checked against each other.</summary>
/// <param name="fault">Makes a refusal.</param>
internal sealed class TensorMaker(PickleFault fault)
{
    private const int MostRank = 16;

    /// <summary>The storage that a persistent id names: ('storage', type, key, device, count).</summary>
    public Storage StorageOf(object? id)
    {
        if (id is not Items { Values: ["storage", Global type, string key, string or null, long count, .. var rest] })
            throw fault(
                id is Items { Values: ["module", ..] }
                    ? "holds a whole module; save its state_dict() instead"
                    : "has a persistent id that is no storage's",
                "('storage', type, key, device, count)"
            );
        Dtype dtype =
            Globals.StorageType(type) ?? throw fault($"has a storage of {type.Name}", "a type of storage such as torch.FloatStorage");
        if (count < 0)
            throw fault($"has a storage of {count} elements", "0 or more");
        if (rest is not [Items { Values: [string, long offset, long size] }])
            return new(key, dtype, count, 0);
        if (offset < 0 || size < 0 || offset > count - size)
            throw fault($"has a view of {size} elements from {offset} of a storage of {count}", "one inside it");
        return new(key, dtype, size, offset);
    }

    /// <summary>The view that a call to one of the rebuilding functions makes.</summary>
    public View TensorOf(string name, List<object?> arguments)
    {
        if (name.Contains("_rebuild_parameter", StringComparison.Ordinal))
            return arguments is [View parameter, ..] ? parameter : throw fault($"calls {name} without a tensor", "a tensor");
        if (
            arguments is not [Storage storage, long offset, Items { Values: var sizes }, Items { Values: var steps }, .. var rest]
            || sizes.Count != steps.Count
            || !sizes.Concat(steps).All(number => number is long)
        )
            throw fault($"calls {name} with other arguments", "a storage, an offset, sizes and strides");
        Dtype dtype = storage.Dtype;
        if (name.EndsWith("_v3", StringComparison.Ordinal))
            dtype = rest is [_, _, TorchType given, ..]
                ? given.Dtype
                : throw fault($"calls {name} without a type", "one such as torch.float32");
        long[] shape = [.. sizes.Cast<long>()],
            strides = [.. steps.Cast<long>()];
        if (shape.Length > MostRank)
            throw fault($"has a tensor of rank {shape.Length}", $"at most {MostRank}");
        Check(storage, dtype, offset, shape, strides);
        return new(storage, dtype, offset, shape, strides);
    }

    // offset + Σ (size − 1)·stride is the last element, and has to be in the storage
    private void Check(Storage storage, Dtype dtype, long offset, long[] shape, long[] strides)
    {
        Int128 count = (Int128)storage.Count * storage.Dtype.Bytes / dtype.Bytes;
        Int128 last = offset;
        for (int axis = 0; axis < shape.Length; axis++)
            last += (Int128)(shape[axis] - 1) * strides[axis];
        if (offset < 0 || shape.Any(size => size < 0) || strides.Any(stride => stride < 0))
            throw fault(
                $"has a tensor of shape {Tensor.Describe(shape)}, strides {Tensor.Describe(strides)} and offset {offset}",
                "none of them negative"
            );
        if (Tensor.Product(shape) is not { } elements || (Int128)elements * dtype.Bytes > long.MaxValue)
            throw fault($"has a tensor of shape {Tensor.Describe(shape)}", "a size that a machine can count");
        if (elements > 0 && last >= count)
            throw fault(
                $"has a tensor of shape {Tensor.Describe(shape)} and strides {Tensor.Describe(strides)} from element {offset}",
                $"one inside its storage of {count} elements"
            );
    }
}
