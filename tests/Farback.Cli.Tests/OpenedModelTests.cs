using System.Reflection;
using System.Text.Json;
using Farback.Cells;
using Farback.Formats;
using Farback.Networks;

namespace Farback.Cli.Tests;

/// <summary>A network from elsewhere on the command line: opened, mapped on its own batch, exported; or refused in one sentence.</summary>
public sealed class OpenedModelTests : IDisposable
{
    private const int Times = 5,
        Hidden = 4;
    private readonly string _folder = Directory.CreateTempSubdirectory("farback").FullName;

    public OpenedModelTests()
    {
        var network = new Network
        {
            Cell = AllCells.Lstm,
            Inputs = 2,
            Hidden = Hidden,
            Outputs = 3,
        };
        Parameters<double> drawn = Initial.Default.Draw(network, seed: 1);
        // PyTorch's names and nothing beside them
        SafetensorsFile.Write(
            Path.Combine(_folder, "model.safetensors"),
            network.Blocks.Select(block =>
                Tensor.Of(
                    block.Layer == 0 ? $"rnn.{block.Name}" : block.Name,
                    block.Columns == 1 ? [block.Rows] : [block.Rows, block.Columns],
                    (ReadOnlySpan<double>)drawn[block]
                )
            )
        );
        double[] x = [.. Enumerable.Range(0, Times * 2 * 2).Select(i => Math.Sin(i))];
        double[] adjoints = [.. Enumerable.Range(0, Times * 2 * Hidden).Select(i => Math.Cos(i))];
        NpzFile.Write(
            Path.Combine(_folder, "sum.npz"),
            [Tensor.Of("x", [Times, 2, 2], x), Tensor.Of("dJ_dh", [Times, 2, Hidden], adjoints)]
        );
        NpzFile.Write(
            Path.Combine(_folder, "targets.npz"),
            [Tensor.Of("x", [Times, 2, 2], x), Tensor.Of("targets", [Times, 2], new long[Times * 2])]
        );
        File.WriteAllText(Path.Combine(_folder, "pointer.pt"), "version https://git-lfs.github.com/spec/v1\n");
        NpzFile.WriteArray(Path.Combine(_folder, "plain.npy"), Tensor.Of("w", [2], [1.0, 2]));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Outcome Run(string line) => Farback.Run(line.Split(' '), _folder);

    [Fact]
    public void Open_says_what_is_in_a_file_and_what_was_guessed()
    {
        Outcome run = Run("open model.safetensors");
        Assert.True(run.Code == 0, run.Error);
        foreach (
            string says in new[]
            {
                "2 inputs, 4 units, 1 layer, 3 outputs",
                "gate order i, f, g, o",
                "--gates",
                "rnn.weight_hh_l0: F64 [16, 4]",
            }
        )
            Assert.Contains(says, run.Out, StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(Run("open model.safetensors --json").Out);
        Assert.Equal("lstm", json.RootElement.GetProperty("network").GetProperty("cell").GetString());
    }

    [Fact]
    public void A_sound_file_without_a_network_is_listed_and_a_refused_one_is_one_sentence()
    {
        Outcome listed = Run("open plain.npy");
        Assert.True(listed.Code == 0, listed.Error);
        Assert.Contains("array: F64 [2]", listed.Out, StringComparison.Ordinal);
        Outcome refused = Run("open pointer.pt");
        Assert.Equal(1, refused.Code);
        Assert.Contains("Git LFS pointer", Assert.Single(refused.Error.Trim().Split('\n')), StringComparison.Ordinal);
        Assert.Empty(refused.Out);
    }

    [Fact]
    public void Map_reads_somebody_elses_batch_and_says_what_a_row_is()
    {
        Outcome summed = Run("map --model model.safetensors --data sum.npz");
        Assert.True(summed.Code == 0, summed.Error);
        Assert.Contains("the step at which the gradient entered", summed.Out, StringComparison.Ordinal);
        Outcome targets = Run("map --model model.safetensors --data targets.npz --export map.csv --json");
        Assert.True(targets.Code == 0, targets.Error);
        using JsonDocument json = JsonDocument.Parse(targets.Out);
        Assert.True(json.RootElement.GetProperty("residual").GetDouble() < 1e-12);
        Assert.StartsWith(
            "quantity,series,loss_time,use_time,lag,value\n",
            File.ReadAllText(Path.Combine(_folder, "map.csv")),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Predict_answers_a_batch_as_it_answers_its_lines()
    {
        Outcome batch = Run("predict --model model.safetensors --data targets.npz --json");
        Assert.True(batch.Code == 0, batch.Error);
        using JsonDocument all = JsonDocument.Parse(batch.Out);
        Assert.Equal(2, all.RootElement.GetArrayLength());
        // lane 0 of x [T, 2, 2]: two numbers a step
        string line = string.Join(
            ',',
            Enumerable.Range(0, Times).SelectMany(t => new[] { Math.Sin(4 * t), Math.Sin(4 * t + 1) }).Select(x => $"{x:R}")
        );
        Outcome said = Farback.Run(["predict", "--model", "model.safetensors", "--text", line, "--json"], _folder);
        using JsonDocument one = JsonDocument.Parse(said.Out);
        string[] Answers(JsonElement steps) =>
            [.. steps.EnumerateArray().Select(step => $"{step.GetProperty("output")} {step.GetProperty("probability")}")];
        Assert.Equal(Answers(one.RootElement[0]), Answers(all.RootElement[0]));
        File.WriteAllText(Path.Combine(_folder, "lines.txt"), line + "\n\n1 2\n");
        using JsonDocument lines = JsonDocument.Parse(Run("predict --model model.safetensors --data lines.txt --json").Out);
        Assert.Equal(Answers(one.RootElement[0]), Answers(lines.RootElement[0]));
        Assert.Equal(1, lines.RootElement[1].GetArrayLength());
        Outcome missing = Run("predict --model model.safetensors --data none.npz");
        Assert.Equal(2, missing.Code);
        Assert.Contains("--data: there is no file none.npz", missing.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Chain_and_diagnose_read_a_batch_and_say_what_they_cannot_judge()
    {
        foreach (string data in new[] { "targets.npz", "sum.npz" })
        {
            Outcome chain = Run($"chain --model model.safetensors --data {data} --loss 5 --use 2 --json");
            Assert.True(chain.Code == 0, chain.Error);
            using JsonDocument json = JsonDocument.Parse(chain.Out);
            JsonElement view = json.RootElement.GetProperty("view").GetProperty("chain");
            Assert.True(view.GetProperty("agrees").GetBoolean(), chain.Out);
        }
        Outcome judged = Run("diagnose --model model.safetensors --data targets.npz --needed-lag 3");
        Assert.True(judged.Code == 0, judged.Error);
        Assert.StartsWith("# ", judged.Out, StringComparison.Ordinal);
        Assert.Contains("2 held-out sequences", judged.Out, StringComparison.Ordinal);
        Outcome none = Run("diagnose --model model.safetensors --data sum.npz");
        Assert.Equal(2, none.Code);
        Assert.Contains("has adjoints and no answers to judge", none.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Losses_that_read_several_steps_and_given_states_are_mapped()
    {
        double[] entries = new double[Times * Times * Hidden],
            h0 = [1, 2, 3, 4];
        for (int t = 0; t < Times; t++)
        for (int k = 0; k <= t; k++)
            entries[(t * Times + k) * Hidden + t % Hidden] = Math.Sin(1 + t * Times + k);
        NpzFile.Write(
            Path.Combine(_folder, "apart.npz"),
            [
                Tensor.Of("x", [Times, 1, 2], new double[Times * 2]),
                Tensor.Of("h0", [1, 1, Hidden], h0),
                Tensor.Of("c0", [1, 1, Hidden], h0),
                Tensor.Of("dL_dh", [Times, Times, 1, Hidden], entries),
            ]
        );
        Outcome run = Run("map --model model.safetensors --data apart.npz --json");
        Assert.True(run.Code == 0, run.Error);
        using JsonDocument json = JsonDocument.Parse(run.Out);
        Assert.True(json.RootElement.GetProperty("residual").GetDouble() < 1e-12);
        string notes = json.RootElement.GetProperty("notes").ToString();
        Assert.Contains("rows are losses", notes, StringComparison.Ordinal);
        Assert.Contains("start from the states in the file", notes, StringComparison.Ordinal);
        Outcome chain = Run("chain --model model.safetensors --data apart.npz");
        Assert.Equal(2, chain.Code);
        Assert.Contains("a sum of products and no chain", chain.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_without_tensors_is_listed_without_a_heading_for_them()
    {
        SafetensorsFile.Write(Path.Combine(_folder, "empty.safetensors"), []);
        Outcome run = Run("open empty.safetensors");
        Assert.True(run.Code == 0, run.Error);
        Assert.DoesNotContain("Tensors", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_projection_is_refused_by_name()
    {
        SafetensorsFile.Write(
            Path.Combine(_folder, "projected.safetensors"),
            [
                Tensor.Of("lstm.weight_ih_l0", [16, 2], new double[32]),
                Tensor.Of("lstm.weight_hh_l0", [16, 3], new double[48]),
                Tensor.Of("lstm.weight_hr_l0", [3, 4], new double[12]),
            ]
        );
        foreach (string verb in new[] { "open projected.safetensors", "predict --model projected.safetensors --text 1,2" })
        {
            Outcome run = Run(verb);
            Assert.NotEqual(0, run.Code);
            Assert.Contains("proj_size", run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Export_writes_what_opens_again()
    {
        foreach (string format in NetworkExport.Formats)
        {
            Outcome run = Run($"export --model model.safetensors --to {format} --out again.{format}");
            Assert.True(run.Code == 0, run.Error);
            Outcome predicted = Run($"predict --model again.{format} --text 1,2,3,4 --json");
            Assert.Equal(Run("predict --model model.safetensors --text 1,2,3,4 --json").Out, predicted.Out);
        }
        Outcome refused = Run("export --model model.safetensors --to word --out x");
        Assert.Equal(2, refused.Code);
        Assert.Contains("expected onnx, safetensors, pytorch-names, npz", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Keras_and_Caffe_open_and_what_they_leave_open_is_decided_by_an_option_of_every_verb()
    {
        // farback's own samples: what farback fuzz changes
        foreach (string name in new[] { "lstm.h5", "lstm.keras", "lstm.caffemodel" })
        {
            using Stream stream = Assembly.Load("farback").GetManifestResourceStream($"sample.{name}")!;
            using FileStream file = File.Create(Path.Combine(_folder, name));
            stream.CopyTo(file);
        }
        foreach (string name in new[] { "lstm.h5", "lstm.keras", "lstm.caffemodel" })
        {
            Outcome run = Run($"open {name} --json");
            Assert.True(run.Code == 0, run.Error);
            using JsonDocument json = JsonDocument.Parse(run.Out);
            Assert.StartsWith("lstm", json.RootElement.GetProperty("network").GetProperty("cell").GetString(), StringComparison.Ordinal);
        }
        File.WriteAllText(Path.Combine(_folder, "other.prototxt"), "layer { name: 3 }");
        Outcome described = Run("open lstm.caffemodel --prototxt other.prototxt");
        Assert.Equal(1, described.Code);
        Assert.Contains("other.prototxt: line 1", Assert.Single(described.Error.Trim().Split('\n')), StringComparison.Ordinal);
        Outcome wrong = Run("export --model lstm.h5 --recurrent-activation relu --to npz --out x.npz");
        Assert.Equal(2, wrong.Code);
        Assert.Contains("expected sigmoid or hard_sigmoid", wrong.Error, StringComparison.Ordinal);
    }
}
