namespace Farback.Formats.Hdf5;

/// <summary>The bytes of an HDF5 file: every read is checked against the file's end, and all reads together against a budget.</summary>
/// <remarks>
///   Structures of the format point to one another freely. Whatever they make a reader do is paid for in bytes looked at, of which a file
///   has a fixed multiple of its length: so time and memory are bounded, however the pointers lie.
/// </remarks>
internal sealed class Hdf5Bytes(string file, ReadOnlyMemory<byte> bytes)
{
    /// <summary>The address of what was never written.</summary>
    public const ulong Undefined = ulong.MaxValue;

    private const long FreeBytes = 1 << 22,
        MostLooks = 16;

    private long _budget = FreeBytes + MostLooks * bytes.Length;

    public string File => file;

    /// <summary>How many bytes there are, or fewer where the superblock says that the file ends before.</summary>
    public long Length { get; private set; } = bytes.Length;

    /// <summary>Takes the end of the file from the superblock.</summary>
    public void EndsAt(ulong end)
    {
        if (end > (ulong)bytes.Length)
            throw new MalformedFileException(
                file,
                $"the superblock says that the file ends at byte {end}, and it has {bytes.Length}",
                "the whole file (is it cut off?)"
            );
        Length = (long)end;
    }

    /// <summary>Reads from an address to the end of the file.</summary>
    public Hdf5Reader At(ulong address, string what) =>
        address < (ulong)Length
            ? new(this, (long)address, Length, what)
            : throw new MalformedFileException(
                file,
                address == Undefined ? $"{what} has the undefined address" : $"{what} lies at byte {address}",
                $"an address inside the {Length} bytes of the file"
            );

    /// <summary>Some bytes, not copied.</summary>
    public ReadOnlyMemory<byte> Memory(ulong address, ulong count, string what)
    {
        if (address > (ulong)Length || count > (ulong)Length - address)
            throw new MalformedFileException(
                file,
                $"{what} claims {count} bytes from byte {address}",
                $"a range inside the {Length} bytes of the file"
            );
        Spend((long)address, (long)count);
        return bytes.Slice((int)address, (int)count);
    }

    /// <summary>Counts bytes that were looked at, or made.</summary>
    public void Spend(long at, long count)
    {
        _budget -= count;
        if (_budget < 0)
            throw Fault(at, "the file leads to the same bytes over and over", $"each to be read about once, {MostLooks} times at most");
    }

    public MalformedFileException Fault(long at, string found, string expected) => new(file, $"byte {at}: {found}", expected);
}
