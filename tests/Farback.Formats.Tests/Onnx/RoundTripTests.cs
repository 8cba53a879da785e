using Farback.Cells;
using Farback.Formats.Onnx;
using Farback.Networks;
using Farback.Numbers;

namespace Farback.Formats.Tests.Onnx;

/// <summary>A network that was written as ONNX and is opened again is the same network, bit for bit.</summary>
public sealed class RoundTripTests(ITestOutputHelper output) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("farback-onnx").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Every cell, those made of other activations among them.</summary>
    public static TheoryData<string> Cells =>
        [
            .. AllCells.List.Select(cell => cell.Name),
            "elman(sigmoid)",
            "elman(softplus within 0.7)",
            "gru(hard-sigmoid 0.2 0.5, softsign)",
            "gru-reset-before(sigmoid, leaky-relu 0.1)",
            "lstm(hard-sigmoid 0.16666666666666666 0.5, tanh, affine 0.5 0.25)",
            "lstm-peephole-coupled(sigmoid within 3, elu 0.3 within 3, scaled-tanh 1.5 0.7)",
        ];

    public static IEnumerable<Network> Shapes(Cell cell)
    {
        var one = new Network
        {
            Cell = cell,
            Inputs = 3,
            Hidden = 4,
            Outputs = 2,
        };
        yield return one;
        yield return one with
        {
            Biases = Biases.One,
            Outputs = 0,
        };
        yield return one with
        {
            Biases = Biases.None,
            Layers = 2,
        };
        yield return one with
        {
            Layers = 3,
            InitialStates = InitialStates.Learned,
            Dropout = 0.25,
        };
        yield return one with
        {
            Bidirectional = true,
        };
        yield return one with
        {
            Bidirectional = true,
            Layers = 2,
            InitialStates = InitialStates.Learned,
            Biases = Biases.One,
        };
        yield return one with
        {
            Inputs = 0,
            Words = 7,
            Embedding = 3,
        };
        yield return one with
        {
            Inputs = 0,
            Words = 5,
            Embedding = 2,
            Bidirectional = true,
            Layers = 2,
            Outputs = 0,
        };
    }

    public static Parameters<double> Draw(Network network, bool asFloat)
    {
        var random = new RandomStream(17, 3);
        var parameters = new Parameters<double>(network);
        foreach (ref double number in parameters.Values.AsSpan())
            number = asFloat ? (float)random.NextUniform(-0.7, 0.7) : random.NextUniform(-0.7, 0.7);
        return parameters;
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void Bit_for_bit_in_both_precisions(string name)
    {
        Cell cell = AllCells.Named(name)!;
        string path = Path.Combine(_folder, "model.onnx");
        foreach (Network network in Shapes(cell))
        foreach (bool asFloat in new[] { true, false })
        {
            Parameters<double> parameters = Draw(network, asFloat);
            if (asFloat)
                OnnxFile.Write(path, parameters.To<float>());
            else
                OnnxFile.Write(path, parameters);
            OpenedModel opened = OnnxFile.Open(path);
            output.WriteLine(
                $"{opened.Format}: {string.Join(" | ", opened.Findings.Select(finding => $"{finding.Kind}: {finding.Sentence}"))}"
            );
            Assert.Equal(network, opened.Network);
            Assert.Equal(parameters.Values, opened.Parameters!.Values);
            Assert.Equal(!asFloat, opened.IsDouble);
            Assert.DoesNotContain(opened.Findings, finding => finding.Kind is FindingKind.Guessed or FindingKind.Outside);
        }
    }

    [Fact]
    public void Words_and_what_the_graph_has_no_place_for_stand_in_the_metadata()
    {
        string path = Path.Combine(_folder, "words.onnx");
        var network = new Network
        {
            Cell = AllCells.Gru,
            Words = 3,
            Embedding = 2,
            Hidden = 4,
            Outputs = 2,
        };
        OnnxFile.Write(path, Draw(network, asFloat: true).To<float>(), ["a", "b", "c"], ["no", "yes"]);
        OpenedModel opened = OnnxFile.Open(path);
        Assert.Equal(["a", "b", "c"], opened.InputWords);
        Assert.Equal(["no", "yes"], opened.OutputWords);
    }

    [Fact]
    public void A_cell_that_onnx_does_not_have_is_refused_by_name()
    {
        var error = Assert.Throws<NotSupportedException>(() =>
            OnnxFile.Write(
                Path.Combine(_folder, "none.onnx"),
                new Parameters<float>(
                    new Network
                    {
                        Cell = AllCells.Named("lstm(tanh within 1, tanh, tanh)")!,
                        Inputs = 1,
                        Hidden = 1,
                        Outputs = 0,
                    }
                )
            )
        );
        Assert.Contains("within one bound", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder));
    }
}
