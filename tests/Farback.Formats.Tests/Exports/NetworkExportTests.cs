using Farback.Cells;
using Farback.Formats.Tests.Runs;
using Farback.Networks;

namespace Farback.Formats.Tests.Exports;

/// <summary>An export opened again is the same network, bit for bit; or the format has no place for it, and one sentence says so.</summary>
public sealed class NetworkExportTests
{
    public static TheoryData<string, string> Cases()
    {
        TheoryData<string, string> cases = [];
        foreach (string format in NetworkExport.Formats)
        foreach (Cell cell in AllCells.List)
            cases.Add(format, cell.Name);
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void An_export_opened_again_is_the_same_network(string format, string cell)
    {
        using var folder = new TemporaryFolder();
        int written = 0;
        foreach (int layers in new[] { 1, 3 })
        foreach (bool bidirectional in new[] { false, true })
        foreach (Biases biases in Enum.GetValues<Biases>())
        foreach (bool words in new[] { false, true })
        foreach (InitialStates initial in Enum.GetValues<InitialStates>())
        {
            bool isFloat = words;
            var network = new Network
            {
                Cell = AllCells.Named(cell)!,
                Inputs = words ? 0 : 3,
                Words = words ? 5 : 0,
                Embedding = words ? 2 : 0,
                Hidden = 4,
                Layers = layers,
                Bidirectional = bidirectional,
                Outputs = words ? 5 : 0,
                Biases = biases,
                InitialStates = initial,
            };
            Parameters<double> parameters = Initial.Default.Draw(network, seed: 3);
            if (isFloat)
                parameters = parameters.To<float>().To<double>();
            string path = Path.Combine(folder.Path, $"model.{format}");
            try
            {
                NetworkExport.Write(path, format, ModelFile.Of(Opened(parameters)));
            }
            catch (NotSupportedException refusal)
            {
                Assert.True(CannotBe(format, network), $"{format}: {refusal.Message}");
                Assert.DoesNotContain('\n', refusal.Message);
                continue;
            }
            Assert.False(CannotBe(format, network), $"{format} {network}");
            written++;
            OpenedModel again = ModelFile.Open(path);
            Assert.True(again.Network is not null, string.Join("; ", again.Findings));
            Assert.Equal(network, again.Network);
            Assert.Equal(isFloat, !again.IsDouble);
            Assert.Equal(
                parameters.Values.Select(BitConverter.DoubleToInt64Bits),
                again.Parameters!.Values.Select(BitConverter.DoubleToInt64Bits)
            );
        }
        if (format != "pytorch-names")
            Assert.Equal(2 * 2 * 3 * 2 * 2, written);
    }

    // PyTorch has four of the cells, two biases or none, and no learned initial states
    private static bool CannotBe(string format, Network network) =>
        format switch
        {
            "pytorch-names" => network.Biases == Biases.One
                || network.InitialStates == InitialStates.Learned
                || !((Cell[])[AllCells.Elman, AllCells.ElmanRelu, AllCells.Lstm, AllCells.Gru]).Contains(network.Cell),
            _ => false,
        };

    private static OpenedModel Opened(Parameters<double> parameters) =>
        new()
        {
            Name = "drawn",
            Format = "none",
            Parameters = parameters,
            Tensors = [],
        };
}
