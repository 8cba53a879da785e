using System.Reflection;
using Farback.Formats;
using Farback.Numbers;

namespace Farback.Cli.Fuzzing;

/// <summary>A reader, and the small sound files that are changed for it.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="Read">Reads bytes whole; may fail only with a <see cref="MalformedFileException"/>.</param>
/// <param name="Files">The sound files.</param>
/// <param name="Mutate">Changes one of them.</param>
internal sealed record Sample(string Name, Action<byte[]> Read, byte[][] Files, Func<byte[][], RandomStream, byte[]> Mutate)
{
    /// <summary>Every reader.</summary>
    public static IReadOnlyList<Sample> All { get; } =
    [
        Of("safetensors", bytes => SafetensorsFile.Try(bytes), "lstm.safetensors", "gru.safetensors"),
        Of("npz", bytes => NpzFile.Try(bytes), "lstm.npz", "gru.npz"),
        Of("npy", bytes => NpzFile.Try(bytes), "array.npy"),
        Of("PyTorch, zip", bytes => TorchFile.Try(bytes), "lstm.zip.pt", "gru.zip.pt"),
        Of("PyTorch, legacy", bytes => TorchFile.Try(bytes), "lstm.legacy.pt", "gru.legacy.pt"),
        Of("ONNX", bytes => OnnxFile.Try(bytes), "lstm.onnx", "gru.onnx"),
        Of("Keras, HDF5", bytes => KerasFile.Try(bytes), "lstm.h5", "gru.h5"),
        Of("Keras, zip", bytes => KerasFile.Try(bytes), "lstm.keras"),
        Of("Caffe", bytes => CaffeFile.Try(bytes), "lstm.caffemodel"),
        Of("Caffe, prototxt", bytes => CaffeFile.TryPrototxt(bytes), "lstm.prototxt"),
        Inside("npz, inside", bytes => NpzFile.Try(bytes), "lstm.npz", "gru.npz"),
        Inside("PyTorch, inside", bytes => TorchFile.Try(bytes), "lstm.zip.pt", "gru.zip.pt"),
        Inside("Keras, inside", bytes => KerasFile.Try(bytes), "lstm.keras"),
    ];

    /// <summary>One of the files, changed; what the random stream says and nothing else decides.</summary>
    public byte[] Change(RandomStream random) => Mutate(Files, random);

    private static Sample Inside(string name, Action<byte[]> read, params string[] files) =>
        Of(name, read, files) with
        {
            Mutate = ZipMutation.Of,
        };

    private static Sample Of(string name, Action<byte[]> read, params string[] files) =>
        new(name, read, [.. files.Select(Resource)], (all, random) => Mutation.Of(all, name == "safetensors", random));

    private static byte[] Resource(string file)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"sample.{file}")!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
