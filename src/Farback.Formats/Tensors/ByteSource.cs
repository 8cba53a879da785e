namespace Farback.Formats;

/// <summary>Bytes that are read when somebody asks for them.</summary>
internal abstract class ByteSource : IDisposable
{
    /// <summary>Fills the destination from an offset, all of it.</summary>
    public abstract void Read(long offset, Span<byte> destination);

    /// <inheritdoc/>
    public abstract void Dispose();
}
