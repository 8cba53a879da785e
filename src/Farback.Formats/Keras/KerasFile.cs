using Farback.Formats.Hdf5;
using Farback.Formats.Keras;

namespace Farback.Formats;

/// <summary>Keras models of versions 1 to 3: .h5 with or without a configuration, .weights.h5, and .keras.</summary>
/// <remarks>
///   SimpleRNN, LSTM and GRU (reset before and after), CuDNN's, in one direction or both, in stacks of layers of one cell and size, an
///   embedding below and a dense read-out above. Nothing in a file is executed; classes and functions that a file brings along are refused by
///   their names. What Keras can run and a network here is not stands among the findings, with its layer. An HDF5 file that is not Keras' is
///   listed.
/// </remarks>
/// <example>
///   <code>
///   OpenedModel opened = KerasFile.Open("model.keras");
///   OpenedModel bare = KerasFile.Open("lstm.weights.h5", new KerasOptions { RecurrentActivation = "sigmoid" });
///   </code>
/// </example>
public static class KerasFile
{
    /// <summary>Opens a model.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What is decided where the file does not say; null where nothing is.</param>
    /// <exception cref="MalformedFileException">It is no sound Keras model; the sentence names the offset, the object or the layer.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static OpenedModel Open(string path, KerasOptions? options = null) => Open(path, WholeFile.Read(path), options);

    /// <summary>Opens a model that is in memory.</summary>
    /// <param name="name">What it is called in sentences.</param>
    /// <param name="bytes">The whole file.</param>
    /// <param name="options">What is decided where the file does not say; null where nothing is.</param>
    /// <exception cref="MalformedFileException">It is no sound Keras model; the sentence names the offset, the object or the layer.</exception>
    public static OpenedModel Open(string name, ReadOnlyMemory<byte> bytes, KerasOptions? options = null) =>
        KerasModel.Read(name, bytes, options ?? new()).Open(prove: true);

    /// <summary>Everything that opening does with bytes but running the graph: what a fuzzer calls.</summary>
    /// <exception cref="MalformedFileException">The bytes are no sound Keras model: the only way in which this may fail.</exception>
    public static void Try(ReadOnlySpan<byte> bytes)
    {
        KerasModel model = KerasModel.Read("bytes", bytes.ToArray(), new() { RecurrentActivation = "sigmoid", Activation = "tanh" });
        foreach (Hdf5Dataset dataset in model.Hdf5.Datasets.Where(dataset => dataset.IsNumbers))
            _ = dataset.Read();
        _ = model.Open(prove: false);
    }
}
