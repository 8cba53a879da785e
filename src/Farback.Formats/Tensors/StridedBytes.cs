namespace Farback.Formats;

/// <summary>The elements of a strided view, row-major, gathered from their storage when somebody reads them.</summary>
/// <remarks>element (i₀, i₁, …) lies at begin + size·Σ i_a·stride_a. A stride of 0 repeats; no view is ever copied as a whole.</remarks>
internal sealed class StridedBytes(ByteSource storage, long begin, int size, long[] shape, long[] strides, bool swap = false) : ByteSource
{
    private const int Window = 1 << 14;

    private readonly byte[] _window = new byte[Window];
    private long _windowBegin = -1,
        _windowLength;

    public override void Read(long offset, Span<byte> destination)
    {
        // Tensors ask for whole elements, but for their raw bytes in blocks that any element's size divides.
        for (int done = 0; done < destination.Length; done += size)
        {
            Element((offset + done) / size, destination.Slice(done, size));
            if (swap)
                destination.Slice(done, size).Reverse();
        }
    }

    public override void Dispose() { }

    /// <summary>The strides of a row-major array.</summary>
    public static long[] RowMajor(ReadOnlySpan<long> shape)
    {
        long[] strides = new long[shape.Length];
        long stride = 1;
        for (int axis = shape.Length - 1; axis >= 0; axis--)
        {
            strides[axis] = stride;
            stride *= Math.Max(1, shape[axis]);
        }
        return strides;
    }

    private void Element(long index, Span<byte> to)
    {
        long at = 0;
        for (int axis = shape.Length - 1; axis >= 0; axis--)
        {
            at += index % shape[axis] * strides[axis];
            index /= shape[axis];
        }
        at = begin + at * size;
        if (_windowBegin < 0 || at < _windowBegin || at + size > _windowBegin + _windowLength)
        {
            // forwards is the usual way through a storage; the last byte of the view bounds what may be asked for
            (_windowBegin, _windowLength) = (at, Math.Min(Window / size * size, Last() - at));
            storage.Read(at, _window.AsSpan(0, (int)_windowLength));
        }
        _window.AsSpan((int)(at - _windowBegin), size).CopyTo(to);
    }

    private long Last()
    {
        long last = 0;
        for (int axis = 0; axis < shape.Length; axis++)
            last += (shape[axis] - 1) * strides[axis];
        return begin + (last + 1) * size;
    }
}
