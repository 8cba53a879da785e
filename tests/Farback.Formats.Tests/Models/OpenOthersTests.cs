using System.Buffers.Binary;
using Farback.Cells;
using Farback.Formats.Tests.Runs;
using static Farback.Formats.Tests.Keras.KerasMade;

namespace Farback.Formats.Tests.Models;

/// <summary>Keras and Caffe through the one door; files whose parts overlap; files of very many tensors.</summary>
public sealed class OpenOthersTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Write(string name, byte[] bytes)
    {
        string path = Path.Combine(_folder.Path, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    [Fact]
    public void Keras_and_Caffe_of_the_reference_open_as_their_own_readers_open_them()
    {
        string[] keras = ReferenceFolder.Files("keras", "*");
        int networks = 0;
        foreach (string file in keras.Where(file => Path.GetExtension(file) is ".h5" or ".keras"))
        {
            OpenedModel opened = ModelFile.Open(file);
            Assert.NotEmpty(opened.Tensors);
            // arrays beside a model are listed; a model is a network
            Assert.Equal(!file.Contains("inputs_and_outputs", StringComparison.Ordinal), opened.Network is not null);
            Assert.Equal(KerasFile.Open(file).Network, opened.Network);
            networks += opened.Network is null ? 0 : 1;
        }
        Assert.True(networks > 0);
        foreach (string file in ReferenceFolder.Files("caffe", "*.caffemodel"))
        {
            Assert.NotNull(ModelFile.Open(file).Network);
            Assert.Equal(ModelFile.Open(file).Network, ModelFile.Open(Path.ChangeExtension(file, ".prototxt")).Network);
        }
    }

    [Fact]
    public void An_h5_file_is_known_by_its_first_bytes_and_one_that_is_none_is_refused()
    {
        byte[] weights = Legacy("2.3.1", null, new Layer("l", Cell(1, 1, 2, 4, [8])));
        Assert.StartsWith(
            "Keras",
            ModelFile.Open(Write("weights.bin", weights), new() { RecurrentActivation = "sigmoid" }).Format,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "a Keras model",
            Assert.Throws<MalformedFileException>(() => ModelFile.Open(Write("not.h5", [9, 9, 9, 9, 9, 9, 9, 9]))).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void What_a_Keras_file_of_weights_leaves_open_is_decided_by_the_options_that_its_findings_name()
    {
        string lstm = Write("lstm.h5", Legacy("2.3.1", null, new Layer("l", Cell(1, 1, 2, 4, [8]))));
        Finding asked = Assert.Single(ModelFile.Open(lstm).Findings, finding => finding.Kind == FindingKind.Undecided);
        Assert.Equal("--recurrent-activation sigmoid", asked.Option);
        Assert.Equal(AllCells.Lstm, ModelFile.Open(lstm, new() { RecurrentActivation = "sigmoid" }).Network!.Cell);
        Assert.NotEqual(AllCells.Lstm, ModelFile.Open(lstm, new() { RecurrentActivation = "hard_sigmoid" }).Network!.Cell);

        string rnn = Write("rnn.h5", Legacy("2.3.1", null, new Layer("l", Cell(2, 1, 2, 1, [2]))));
        Assert.Equal("--activation tanh", ModelFile.Open(rnn).Findings.Single(finding => finding.Kind == FindingKind.Undecided).Option);
        Assert.Equal(AllCells.ElmanRelu, ModelFile.Open(rnn, new() { Activation = Activation.Relu }).Network!.Cell);
        Assert.Throws<ArgumentException>(() => ModelFile.Open(rnn, new() { Activation = Activation.Parse("elu") }));

        string gru = Write("gru.h5", Legacy("2.3.1", null, new Layer("l", Cell(3, 1, 2, 3, null))));
        OpenOptions sigmoid = new() { RecurrentActivation = "sigmoid" };
        Assert.Equal(
            "--reset after",
            ModelFile.Open(gru, sigmoid).Findings.Single(finding => finding.Kind == FindingKind.Undecided).Option
        );
        Assert.Equal(AllCells.GruResetBefore, ModelFile.Open(gru, sigmoid with { ResetBefore = true }).Network!.Cell);
        Assert.Equal(AllCells.Gru, ModelFile.Open(gru, sigmoid with { ResetBefore = false }).Network!.Cell);
    }

    [Fact]
    public void Entries_of_an_archive_that_share_bytes_are_refused()
    {
        byte[] archive = Torch.Made.Archive([("a.npy", new byte[100]), ("b.npy", new byte[100])]);
        int end = archive.Length - 22,
            directory = BinaryPrimitives.ReadInt32LittleEndian(archive.AsSpan(end + 16)),
            second = directory + 46 + "a.npy".Length;
        int own = BinaryPrimitives.ReadInt32LittleEndian(archive.AsSpan(second + 42));
        // the first grows over the second: stored, so both sizes say so
        foreach (int at in new[] { directory + 20, directory + 24 })
            BinaryPrimitives.WriteInt32LittleEndian(archive.AsSpan(at), own + 50);
        var refusal = Assert.Throws<MalformedFileException>(() => ModelFile.Open(Write("lap.npz", archive)));
        Assert.Contains("reaches into the next", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_recurrent_module_among_a_hundred_thousand_tensors_is_found()
    {
        const int Others = 100_000;
        Tensor[] module = [Tensor.Of("rnn.weight_ih_l0", [8, 2], new float[16]), Tensor.Of("rnn.weight_hh_l0", [8, 2], new float[16])];
        string path = Path.Combine(_folder.Path, "many.safetensors");
        SafetensorsFile.Write(path, [.. Enumerable.Range(0, Others).Select(i => Tensor.Of($"table.{i}", [1], new float[1])), .. module]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        OpenedModel opened = ModelFile.Open(path);
        Assert.Equal(AllCells.Lstm, opened.Network!.Cell);
        Assert.Equal(Others + 2, opened.Tensors.Count);
        // each name is looked at a fixed number of times: so many bytes for each tensor, and not for each pair
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < Others * 5_000L);
    }
}
