using Farback.Formats.Onnx;

namespace Farback.Formats;

/// <summary>What a whole model is given: its name, whether it holds whole numbers, and its sizes.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="IsWhole">Whether it holds whole numbers (words).</param>
/// <param name="Shape">Its sizes, null where one is free; null where the file says nothing of them.</param>
public sealed record WholeInput(string Name, bool IsWhole, IReadOnlyList<long?>? Shape);

/// <summary>A model of another program as its own program runs it, with all that a network here has not.</summary>
/// <remarks>
///   Masks, restarts within a lane, several inputs and outputs, layers that are called twice, what stands above the read-out. It is run and not
///   differentiated. Every node's numbers are rounded to the file's own type.
/// </remarks>
/// <example>
///   <code>
///   WholeModel whole = KerasFile.Open("model.keras").Whole!;
///   IReadOnlyList&lt;Tensor&gt; outputs = whole.Run([Tensor.Of("words", [1, 3], [4L, 0, 7])]);
///   </code>
/// </example>
public sealed class WholeModel
{
    private readonly Lazy<Graph> _graph;

    internal WholeModel(Func<Graph> graph) => _graph = new(graph);

    /// <summary>The graph that is run.</summary>
    internal Graph Graph => _graph.Value;

    /// <summary>What is given to a run, in order.</summary>
    public IReadOnlyList<WholeInput> Inputs =>
        [.. Graph.Inputs.Select(input => new WholeInput(input.Name, input.Type is { Real: null }, input.Shape))];

    /// <summary>The outputs' names, in order.</summary>
    public IReadOnlyList<string> Outputs => Graph.Outputs;

    /// <summary>Runs it.</summary>
    /// <param name="inputs">One for each of <see cref="Inputs"/>, in order; laid out as in the model's own program.</param>
    /// <param name="stop">Stops between two nodes.</param>
    /// <returns>One for each of <see cref="Outputs"/>, in the file's own type.</returns>
    /// <exception cref="ArgumentException">An input is missing, or of another rank or size than the model's.</exception>
    /// <exception cref="NotSupportedException">A node lies outside of what is run here; it is named.</exception>
    /// <exception cref="MalformedFileException">An input does not fit a node, which is named.</exception>
    public IReadOnlyList<Tensor> Run(IReadOnlyList<Tensor> inputs, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        if (inputs.Count != Graph.Inputs.Count)
            throw new ArgumentException(
                $"inputs: expected {Graph.Inputs.Count} ({string.Join(", ", Graph.Inputs.Select(input => MalformedFileException.Quote(input.Name)))}), got {inputs.Count}."
            );
        Dictionary<string, Value> given = [];
        for (int i = 0; i < inputs.Count; i++)
            given.Add(Graph.Inputs[i].Name, Given(Graph.Inputs[i], inputs[i]));
        var run = new Evaluator(Graph, given);
        run.Run(stop: stop);
        return [.. Graph.Outputs.Select(name => Made(name, run[name]!))];
    }

    private static Value Given(GraphInput input, Tensor tensor)
    {
        bool fits =
            input.Shape is not { } stated
            || (
                stated.Length == tensor.Shape.Count && stated.Zip(tensor.Shape).All(pair => pair.First is null || pair.First == pair.Second)
            );
        if (!fits)
            throw new ArgumentException(
                $"inputs: {MalformedFileException.Quote(input.Name)} is [{string.Join(", ", input.Shape!.Select(size => size?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "any"))}], got {tensor}."
            );
        int[] shape = [.. tensor.Shape.Select(size => checked((int)size))];
        Dtype type = input.Type ?? tensor.Dtype;
        return type.Real is not null ? Value.Of(type, shape, tensor.ToDoubles())
            : tensor.Dtype.Whole is not null ? Value.Of(type, shape, tensor.ToLongs())
            : throw new ArgumentException($"inputs: {MalformedFileException.Quote(input.Name)} holds whole numbers, got {tensor}.");
    }

    private static Tensor Made(string name, Value value)
    {
        long[] shape = [.. value.Shape.Select(size => (long)size)];
        return !value.IsReal ? Tensor.Of(name, shape, (ReadOnlySpan<long>)value.Wholes)
            : value.Type == Dtype.F64 ? Tensor.Of(name, shape, (ReadOnlySpan<double>)value.Reals)
            : Tensor.Of(name, shape, (ReadOnlySpan<float>)Array.ConvertAll(value.Reals, number => (float)number));
    }
}
