using System.Buffers.Binary;
using System.Text.Json;
using Farback.Cells;
using Farback.Formats;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Cli.Tests;

/// <summary>farback verify: 0 where all agree, 1 where an output differs, 2 where it cannot be run.</summary>
public sealed class VerifyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("farback-verify").FullName;
    private readonly float[] _expected;

    public VerifyTests()
    {
        var network = new Network
        {
            Cell = AllCells.Gru,
            Inputs = 1,
            Hidden = 2,
            Outputs = 3,
        };
        Parameters<float> parameters = Initial.Default.Draw(network, seed: 1).To<float>();
        OnnxFile.Write(Path.Combine(_folder, "model.onnx"), parameters);
        Trace<float> trace = new Model<float>(network, parameters).Forward(Batch.OfValues([1, -1], 2, 1, 1, new ClassTargets([0, 0])));
        _expected = [.. trace.ReadOut(0, 0), .. trace.ReadOut(1, 0)];
        string set = Directory.CreateDirectory(Path.Combine(_folder, "test_data_set_0")).FullName;
        File.WriteAllBytes(Path.Combine(set, "input_0.pb"), Tensor([2, 1, 1], [1, -1]));
        Write(_expected);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Write(float[] output) =>
        File.WriteAllBytes(Path.Combine(_folder, "test_data_set_0", "output_0.pb"), Tensor([2, 1, 3], output));

    // TensorProto: dims 1, data_type 2, raw_data 9
    private static byte[] Tensor(byte[] shape, float[] numbers)
    {
        byte[] raw = new byte[4 * numbers.Length];
        for (int i = 0; i < numbers.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(raw.AsSpan(4 * i), numbers[i]);
        return [.. shape.SelectMany(size => new byte[] { 0x08, size }), 0x10, 1, 0x4A, (byte)raw.Length, .. raw];
    }

    [Fact]
    public void Outputs_that_agree_are_said_and_end_with_0()
    {
        Outcome outcome = Farback.Run(["verify", _folder]);
        Assert.True(outcome.Code == 0, outcome.Error);
        Assert.Contains("test_data_set_0: output agrees: 6 numbers (F32)", outcome.Out, StringComparison.Ordinal);
        Outcome json = Farback.Run(["verify", _folder, "--json"]);
        Assert.True(JsonDocument.Parse(json.Out).RootElement.GetProperty("agree").GetBoolean());
    }

    [Fact]
    public void An_output_that_differs_is_named_with_its_place_and_both_values_and_ends_with_1()
    {
        float[] wrong = [.. _expected];
        wrong[4] = 9;
        Write(wrong);
        Outcome outcome = Farback.Run(["verify", _folder]);
        Assert.Equal(1, outcome.Code);
        Assert.Contains("output differs: at [1, 0, 1] expected 9, found", outcome.Out, StringComparison.Ordinal);
        Assert.Equal(0, Farback.Run(["verify", _folder, "--tolerance", "2"]).Code);
        JsonElement first = JsonDocument.Parse(Farback.Run(["verify", _folder, "--json"]).Out).RootElement.GetProperty("outputs")[0];
        Assert.Equal("output", first.GetProperty("output").GetString());
        Assert.Equal(9, first.GetProperty("expected").GetDouble());
        Assert.Equal([1, 0, 1], first.GetProperty("index").EnumerateArray().Select(at => at.GetInt32()));
    }

    [Fact]
    public void What_cannot_be_run_ends_with_2_and_a_sentence()
    {
        File.Delete(Path.Combine(_folder, "test_data_set_0", "input_0.pb"));
        Outcome without = Farback.Run(["verify", _folder]);
        Assert.Equal(2, without.Code);
        Assert.Contains("node ", without.Error, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_folder, "model.onnx"), "version https://git-lfs.github.com/spec/v1\n");
        Assert.Contains("Git LFS pointer", Farback.Run(["verify", _folder]).Error, StringComparison.Ordinal);
        Outcome nowhere = Farback.Run(["verify", Path.Combine(_folder, "none")]);
        Assert.Equal(2, nowhere.Code);
        Assert.Single(nowhere.Error.Trim().Split('\n'));
    }
}
