using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Farback.Formats;

/// <summary>A file mapped into memory: a page is read from the disk when its first byte is asked for.</summary>
/// <remarks>
///   Touching a mapped page that another process has cut off ends the process, and no handler can catch that. The length is therefore
///   asked again before every read, which leaves only a cut within that very moment.
/// </remarks>
internal sealed class MappedBytes : ByteSource
{
    private readonly string _file;
    private readonly SafeFileHandle _handle;
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;

    /// <summary>Maps a file that is not empty, and takes the handle over.</summary>
    public MappedBytes(string file, SafeFileHandle handle, long length)
    {
        _file = file;
        _handle = handle;
        _map = MemoryMappedFile.CreateFromFile(
            handle,
            mapName: null,
            length,
            MemoryMappedFileAccess.Read,
            HandleInheritability.None,
            leaveOpen: true
        );
        _view = _map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
    }

    /// <summary>Opens and maps a file, which has its length for as long as it is open.</summary>
    /// <exception cref="MalformedFileException">The file is empty.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static (ByteSource Source, long Length) Open(string path, string expected)
    {
        SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        try
        {
            long length = RandomAccess.GetLength(handle);
            return length > 0
                ? (new MappedBytes(path, handle, length), length)
                : throw new MalformedFileException(path, "the file is empty", expected);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public override void Read(long offset, Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(_handle.IsClosed, typeof(SafetensorsFile));
        long length = RandomAccess.GetLength(_handle);
        if (offset > length - destination.Length)
        {
            throw new MalformedFileException(
                _file,
                $"the file has shrunk to {length} bytes while it was open",
                $"at least {offset + destination.Length} bytes"
            );
        }
        _view.SafeMemoryMappedViewHandle.ReadSpan((ulong)offset, destination);
    }

    public override void Dispose()
    {
        _view.Dispose();
        _map.Dispose();
        _handle.Dispose();
    }
}
