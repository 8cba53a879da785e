using Farback.Cells;
using Farback.Networks;

namespace Farback.Formats.Tests.Models;

/// <summary>A model as one file: the same network comes back, and nothing else passes for one.</summary>
public sealed class ModelFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("farback").FullName;

    private string Path(string name) => System.IO.Path.Combine(_folder, name);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string> Cells() => [.. AllCells.List.Select(cell => cell.Name)];

    [Theory]
    [MemberData(nameof(Cells))]
    public void What_is_saved_comes_back_bit_for_bit(string cell)
    {
        var network = new Network
        {
            Cell = AllCells.Named(cell)!,
            Words = 3,
            Embedding = 2,
            Hidden = 4,
            Layers = 2,
            Outputs = 3,
        };
        Parameters<double> parameters = Initial.Default.Draw(network, seed: 1);
        ModelFile.Save(Path("m"), parameters, ["a", "b", "c"], ["x", "y", "z"]);
        ModelFile loaded = ModelFile.Load(Path("m"));
        Assert.Equal(network, loaded.Network);
        Assert.Equal(parameters.Values, loaded.Parameters.Values);
        Assert.Equal(["a", "b", "c"], loaded.InputWords);
        Assert.Equal("y", loaded.NameOf(1));
        Assert.False(loaded.IsLanguageModel);
    }

    [Fact]
    public void Another_network_is_refused_with_what_was_expected()
    {
        var network = new Network
        {
            Cell = AllCells.Lstm,
            Inputs = 2,
            Hidden = 4,
            Outputs = 3,
        };
        ModelFile.Save(Path("m"), Initial.Default.Draw(network, seed: 1));
        string said = Assert.Throws<MalformedFileException>(() => ModelFile.Load(Path("m"), network with { Hidden = 8 })).Message;
        Assert.Contains("8", said, StringComparison.Ordinal);
        Assert.Contains("4", said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_safetensors_file_that_is_no_model_is_refused()
    {
        SafetensorsFile.Write(Path("t"), [Tensor.Of("weight", [2], [1.0, 2.0])]);
        Assert.Throws<MalformedFileException>(() => ModelFile.Load(Path("t")));
    }

    [Fact]
    public void Words_must_be_as_many_as_the_network_knows_and_each_once()
    {
        var network = new Network
        {
            Cell = AllCells.Gru,
            Words = 3,
            Embedding = 2,
            Hidden = 4,
            Outputs = 3,
        };
        Parameters<double> parameters = Initial.Default.Draw(network, seed: 1);
        Assert.Throws<ArgumentException>(() => ModelFile.Save(Path("m"), parameters, ["a", "b"]));
        Assert.Throws<ArgumentException>(() => ModelFile.Save(Path("m"), parameters, ["a", "b", "b"]));
        Assert.Empty(Directory.GetFiles(_folder));
    }
}
