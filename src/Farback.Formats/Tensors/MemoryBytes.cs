namespace Farback.Formats;

/// <summary>Bytes that are already in memory; they belong to the caller, so disposal is nothing.</summary>
internal sealed class MemoryBytes(ReadOnlyMemory<byte> bytes) : ByteSource
{
    public override void Read(long offset, Span<byte> destination) =>
        bytes.Span.Slice(checked((int)offset), destination.Length).CopyTo(destination);

    public override void Dispose() { }
}
