using System.Text.Json.Nodes;
using Farback.Cells;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Formats.Tests.Models;

/// <summary>A model comes back from its file as it went in, and a file that holds anything else is refused in one sentence.</summary>
public sealed class ModelFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("farback").FullName;

    private string Place => Path.Combine(_folder, "model.safetensors");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string> Cells => [.. AllCells.List.Select(cell => cell.Name)];

    [Theory]
    [MemberData(nameof(Cells))]
    public void Every_bit_of_the_weights_and_the_shape_come_back(string cell)
    {
        foreach (Biases biases in Enum.GetValues<Biases>())
        {
            Network network = Small with
            {
                Cell = AllCells.Named(cell)!,
                Biases = biases,
                InitialStates = InitialStates.Learned,
                Layers = 2,
                Bidirectional = true,
                Dropout = 0.1,
            };
            Parameters<double> parameters = Initial.Default.Draw(network, seed: 1);
            ModelFile.Save(Place, parameters, ["a", "b", "c"], ["x", "y"]);
            ModelFile file = ModelFile.Load(Place);
            Assert.Equal(network, file.Network);
            Assert.Equal(parameters.Values, file.Parameters.Values);
            Assert.Equal(["a", "b", "c"], file.InputWords);
            Assert.Equal(["x", "y"], file.OutputWords);
            Assert.Equal([Place], Directory.GetFiles(_folder));
        }
    }

    [Fact]
    public void Single_precision_comes_back_bit_for_bit_too()
    {
        Parameters<float> parameters = Initial.Default.Draw(Small, seed: 1).To<float>();
        ModelFile.Save(Place, parameters, answer: Answer.Numbers);
        ModelFile file = ModelFile.Load(Place);
        Assert.Equal(parameters.Values, file.ToModel<float>().Parameters.Values);
        Assert.Equal(Answer.Numbers, file.Answer);
        using SafetensorsFile tensors = SafetensorsFile.Open(Place);
        Assert.All(tensors.Tensors, tensor => Assert.Equal(Dtype.F32, tensor.Dtype));
    }

    [Fact]
    public void A_layer_of_one_unit_keeps_its_matrices()
    {
        Network network = Small with { Hidden = 1, Outputs = 1, Embedding = 1 };
        ModelFile.Save(Place, Initial.Default.Draw(network, seed: 1));
        Assert.Equal(network, ModelFile.Load(Place).Network);
    }

    [Fact]
    public void A_cell_of_ones_own_is_handed_over_and_without_it_the_sentence_says_so()
    {
        var own = new OwnCell();
        Network network = Small with { Cell = own };
        ModelFile.Save(Place, Initial.Default.Draw(network, seed: 1));
        Assert.Same(own, ModelFile.Load(Place, own).Network.Cell);
        Refuses("the file holds the cell \"mine\"", "a cell of your own is handed to ModelFile.Load", () => ModelFile.Load(Place));
        Refuses("the file holds the cell \"mine\"", "expected lstm", () => ModelFile.Load(Place, AllCells.Lstm));
    }

    [Fact]
    public void A_file_of_another_size_is_refused_by_the_first_difference()
    {
        ModelFile.Save(Place, Initial.Default.Draw(Small, seed: 1));
        Refuses("the file says hidden 4", "expected hidden 8", () => ModelFile.Load(Place, Small with { Hidden = 8 }));
        Refuses("the file says biases two", "expected biases one", () => ModelFile.Load(Place, Small with { Biases = Biases.One }));
        Refuses("the file holds the cell \"gru\"", "expected lstm", () => ModelFile.Load(Place, Small with { Cell = AllCells.Lstm }));
        Assert.Equal(Small, ModelFile.Load(Place, Small).Network);
    }

    [Fact]
    public void Tensors_by_these_names_from_anywhere_are_read_into_a_network_whose_shape_is_given()
    {
        Parameters<double> parameters = Initial.Default.Draw(Small, seed: 1);
        ModelFile.Save(Place, parameters);
        using (SafetensorsFile file = SafetensorsFile.Read(File.ReadAllBytes(Place)))
            SafetensorsFile.Write(Place, file.Tensors);
        Refuses("does not say that the file is a model", "format farback-model", () => ModelFile.Load(Place));
        Assert.Equal(parameters.Values, ModelFile.Load(Place, Small).Parameters.Values);
        Refuses("the tensor weight_ih_l0 has the shape [12, 2]", "[24, 2] for GRU", () => ModelFile.Load(Place, Small with { Hidden = 8 }));
        Refuses("there is no tensor weight_ih_l1", "one of shape [12, 4]", () => ModelFile.Load(Place, Small with { Layers = 2 }));
    }

    public static TheoryData<string, string, string> Wrong() =>
        new()
        {
            { "network.hidden", "5", "the tensor weight_ih_l0 has the shape [12, 2]" },
            { "network.hidden", "-5", "the header describes no network" },
            { "network.hidden", "2147483647", "the header describes no network" },
            { "network.hidden", "\"four\"", "network cannot be read at $.hidden" },
            { "network.layers", "2000000000", "the network has 2000000000 layers" },
            { "network.biases", "\"three\"", "biases \"three\"; expected none or one or two" },
            { "network.cell", "\"transformer\"", "the cell \"transformer\"; expected one of elman" },
            { "network.surprise", "1", "network cannot be read" },
            { "network", "{}", "network cannot be read" },
            { "network", "null", "network cannot be read" },
            { "version", "2", "version \"2\"" },
            { "format", "onnx", "calls the file \"onnx\"" },
            { "answer", "maybe", "answer \"maybe\"; expected class or numbers" },
            { "inputWords", "[\"a\"]", "1 inputWords; expected 3" },
            { "inputWords", "[\"a\",\"a\",\"b\"]", "\"a\" among its inputWords twice" },
            { "inputWords", "[null,\"a\",\"b\"]", "null among its inputWords" },
            { "outputWords", "7", "outputWords cannot be read" },
        };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_header_that_lies_is_refused_in_one_sentence(string key, string value, string says)
    {
        ModelFile.Save(Place, Initial.Default.Draw(Small, seed: 1));
        using (SafetensorsFile file = SafetensorsFile.Read(File.ReadAllBytes(Place)))
        {
            Dictionary<string, string> texts = new(file.Metadata);
            string[] path = key.Split('.');
            if (path.Length == 1)
            {
                texts[key] = value;
            }
            else
            {
                JsonNode network = JsonNode.Parse(texts["network"])!;
                network[path[1]] = JsonNode.Parse(value);
                texts["network"] = network.ToJsonString();
            }
            SafetensorsFile.Write(Place, file.Tensors, texts);
        }
        Refuses(says, "expected", () => ModelFile.Load(Place));
    }

    [Fact]
    public void Text_is_read_by_the_vocabulary()
    {
        ModelFile.Save(Place, Initial.Default.Draw(Small, seed: 1), ["the", "cat", ","]);
        ModelFile words = ModelFile.Load(Place);
        Assert.Equal([0, 1, 2], words.Read(" the  cat ,\n"));
        Assert.Equal("the cat", words.Join(["the", "cat"]));
        Assert.Contains(
            "the word \"dog\" is not among the 3",
            Assert.Throws<ArgumentException>(() => words.Read("the dog")).Message,
            StringComparison.Ordinal
        );
        ModelFile.Save(Place, Initial.Default.Draw(Small, seed: 1), ["a", "🙂", "<unk>"], ["b", "c"]);
        ModelFile characters = ModelFile.Load(Place);
        Assert.Equal([0, 1, 2, 0], characters.Read("a🙂 a"));
        Assert.Equal("a🙂", characters.Join(["a", "🙂"]));
        Assert.Equal("c", characters.NameOf(1));
        Assert.False(characters.IsLanguageModel);
    }

    [Fact]
    public void Words_that_do_not_fit_are_refused_before_anything_is_written()
    {
        Parameters<double> parameters = Initial.Default.Draw(Small, seed: 1);
        Assert.Throws<ArgumentException>(() => ModelFile.Save(Place, parameters, ["a"]));
        Assert.Throws<ArgumentException>(() => ModelFile.Save(Place, parameters, ["a", "a", "b"]));
        Assert.Throws<ArgumentException>(() => ModelFile.Save(Place, parameters.To<Numbers.Dual>()));
        Assert.Empty(Directory.GetFiles(_folder));
    }

    private static Network Small { get; } =
        new()
        {
            Cell = AllCells.Gru,
            Words = 3,
            Embedding = 2,
            Hidden = 4,
            Outputs = 2,
        };

    private static void Refuses(string found, string expected, Action act)
    {
        string message = Assert.Throws<MalformedFileException>(act).Message;
        Assert.Contains(found, message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    // the Elman cell under another name
    private sealed class OwnCell : Cell
    {
        public override string Name => "mine";
        public override string Title => "Mine";
        public override string Equation => AllCells.Elman.Equation;
        public override IReadOnlyList<Gate> Gates => AllCells.Elman.Gates;

        public override TResult Open<V, TResult>(ICellUser<V, TResult> user) => AllCells.Elman.Open(user);
    }
}
