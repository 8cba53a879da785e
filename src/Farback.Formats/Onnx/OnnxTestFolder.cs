using Farback.Formats.Onnx;
using Farback.Formats.Onnx.Wire;

namespace Farback.Formats;

/// <summary>A folder in the ONNX test layout: model.onnx, and test_data_set_*/input_*.pb with the output_*.pb that should come out.</summary>
public static class OnnxTestFolder
{
    /// <summary>‖found − expected‖∞ / ‖expected‖∞ that is allowed in float: the roundings of a few hundred products.</summary>
    public const double InFloat = 1e-5;

    /// <summary>The same in double.</summary>
    public const double InDouble = 1e-10;

    /// <summary>Runs the model on every data set and compares every output.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="tolerance">What is allowed; null for <see cref="InFloat"/> or <see cref="InDouble"/>, by the output's type.</param>
    /// <param name="stop">Stops between two nodes.</param>
    /// <returns>One result an output, in the order of data sets and outputs.</returns>
    /// <exception cref="MalformedFileException">A file is not what its format promises, or a node's inputs do not fit it; it is named.</exception>
    /// <exception cref="NotSupportedException">A node lies outside of what is run here; it is named.</exception>
    /// <exception cref="IOException">A file cannot be read, or there is no data set.</exception>
    public static IReadOnlyList<OnnxOutputResult> Verify(string folder, double? tolerance = null, CancellationToken stop = default)
    {
        string path = Path.Combine(folder, "model.onnx");
        Graph graph = OnnxFile.Read(path);
        string[] sets = Directory.GetDirectories(folder, "test_data_set_*");
        Array.Sort(sets, StringComparer.Ordinal);
        if (sets.Length == 0)
            throw new FileNotFoundException(
                $"{folder}: there is no test_data_set_0 beside model.onnx; expected input_0.pb … and output_0.pb … in it."
            );
        return [.. sets.SelectMany(set => Verify(graph, set, tolerance, stop))];
    }

    private static IEnumerable<OnnxOutputResult> Verify(Graph graph, string set, double? tolerance, CancellationToken stop)
    {
        Value[] given = Tensors(set, "input"),
            expected = Tensors(set, "output");
        if (given.Length > graph.Inputs.Count || expected.Length == 0 || expected.Length > graph.Outputs.Count)
            throw new MalformedFileException(
                set,
                $"there are {given.Length} inputs and {expected.Length} outputs",
                $"at most {graph.Inputs.Count} and 1 to {graph.Outputs.Count}, as the graph has"
            );
        Dictionary<string, Value> inputs = [];
        for (int i = 0; i < given.Length; i++)
            inputs.Add(graph.Inputs[i].Name, given[i]);
        var run = new Evaluator(graph, inputs);
        run.Run(stop: stop);
        return expected.Select((tensor, i) => Compare(Path.GetFileName(set), graph.Outputs[i], tensor, run[graph.Outputs[i]], tolerance));
    }

    /// <summary>The tensors input_0.pb, input_1.pb, … as far as they go.</summary>
    private static Value[] Tensors(string set, string kind)
    {
        List<Value> found = [];
        while (Path.Combine(set, $"{kind}_{found.Count}.pb") is var path && File.Exists(path))
        {
            byte[] bytes = File.ReadAllBytes(path);
            Impostor.Refuse(path, bytes, "a tensor (a protobuf message)");
            WireCheck.Check(path, bytes, TensorProto.Descriptor);
            found.Add(new TensorData(path, null, TensorProto.Parser.WithDiscardUnknownFields(true).ParseFrom(bytes), "the tensor").Value);
        }
        return [.. found];
    }

    private static OnnxOutputResult Compare(string set, string name, Value expected, Value? found, double? tolerance)
    {
        var result = new OnnxOutputResult(set, name, expected.Type.Name, expected.Count)
        {
            Tolerance =
                tolerance
                ?? (
                    !expected.IsReal ? 0
                    : expected.Type == Dtype.F64 ? InDouble
                    : InFloat
                ),
        };
        if (found is null)
            return result with { Problem = "the graph does not make it" };
        if (found.Type != expected.Type || !found.Shape.SequenceEqual(expected.Shape))
            return result with { Problem = $"expected {expected}, found {found}" };
        double size = 0,
            worst = -1;
        int at = 0;
        for (int i = 0; i < expected.Count; i++)
        {
            double here =
                double.IsNaN(expected.At(i)) && double.IsNaN(found.At(i)) || expected.At(i).Equals(found.At(i))
                    ? 0
                    : Math.Abs(expected.At(i) - found.At(i));
            if (double.IsNaN(here))
                here = double.PositiveInfinity;
            if (double.IsFinite(expected.At(i)))
                size = Math.Max(size, Math.Abs(expected.At(i)));
            if (here > worst)
                (worst, at) = (here, i);
        }
        if (expected.Count == 0)
            return result;
        return result with
        {
            Distance = worst == 0 ? 0 : worst / size,
            Index = [.. Value.StridesOf(expected.Shape).Select((stride, axis) => at / stride % expected.Shape[axis])],
            Expected = expected.At(at),
            Found = found.At(at),
        };
    }
}

/// <summary>How an output compares with what it should be.</summary>
/// <param name="Set">The folder of its data.</param>
/// <param name="Output">Its name.</param>
/// <param name="Type">The type of its numbers: F32.</param>
/// <param name="Count">How many it has.</param>
public sealed record OnnxOutputResult(string Set, string Output, string Type, int Count)
{
    /// <summary>‖found − expected‖∞ / ‖expected‖∞; 0 where all are equal, ∞ where one is NaN or the expected are all 0.</summary>
    public double Distance { get; init; }

    /// <summary>The distance that is allowed.</summary>
    public double Tolerance { get; init; }

    /// <summary>The place of the number that is farthest off.</summary>
    public IReadOnlyList<int> Index { get; init; } = [];

    /// <summary>What it should be.</summary>
    public double Expected { get; init; }

    /// <summary>What it is.</summary>
    public double Found { get; init; }

    /// <summary>Why nothing could be compared; null where it could.</summary>
    public string? Problem { get; init; }

    /// <summary>Whether the output is as expected.</summary>
    public bool Agrees => Problem is null && Distance <= Tolerance;
}
