namespace Farback.Formats.Keras;

/// <summary>A model with the models inside it laid open: the calls of its layers, each after those that it reads.</summary>
/// <remarks>
///   A call of a model inside is a call of each of its layers, under "model/layer"; its inputs are what the call reads. Called again, its
///   layers are called again, with the same weights.
/// </remarks>
internal sealed class KerasPlan
{
    private const int MostCalls = 8192;

    private readonly string _file;
    private readonly List<KerasCall> _calls = [];
    private int _laid;

    private KerasPlan(string file) => _file = file;

    /// <summary>The calls, in order; none of a model.</summary>
    public IReadOnlyList<KerasCall> Calls => _calls;

    /// <summary>What comes out.</summary>
    public IReadOnlyList<KerasSource> Outputs { get; private set; } = [];

    /// <summary>Lays a model open.</summary>
    public static KerasPlan Of(string file, KerasConfig config)
    {
        var plan = new KerasPlan(file);
        plan.Outputs = plan.Lay(config, "", 0, null);
        return plan;
    }

    /// <summary>The recurrent layers that are called more than once.</summary>
    public IEnumerable<KerasCall> Shared =>
        _calls.Where(call =>
            call.Number == 1 && (call.Layer.Class is "RNN" or "Bidirectional" || KerasCell.OperatorOf(call.Layer.Class) is not null)
        );

    // what a call made: its own outputs, or those of the model that it called
    private readonly record struct Made(string Path, int Number, IReadOnlyList<KerasSource>? Outputs);

    private List<KerasSource> Lay(KerasConfig config, string within, int number, KerasSource[]? given)
    {
        Dictionary<(string, int), Made> made = [];
        Dictionary<string, int> calls = config.Calls.CountBy(call => call.Layer.Name).ToDictionary(StringComparer.Ordinal);
        KerasSource Find(KerasSource source, string reader) =>
            !made.TryGetValue((source.Layer, source.Call), out Made found) && !made.TryGetValue((source.Layer, 0), out found)
                ? throw Missing(source, reader)
            : found.Outputs is not { } outputs ? new(found.Path, found.Number, source.Tensor)
            : source.Tensor >= 0 && source.Tensor < outputs.Count ? outputs[source.Tensor]
            : throw Missing(source, reader);
        foreach (KerasCall call in KerasOrder.Of(config))
        {
            KerasLayer layer = call.Layer;
            if (++_laid > MostCalls)
                throw new MalformedFileException(_file, $"its layers are called more than {MostCalls} times", "fewer");
            (string path, int own) = (within + layer.Name, number * calls[layer.Name] + call.Number);
            KerasSource[] inputs = [.. call.Inputs.Select(source => Find(source, $"{layer}"))];
            IReadOnlyList<KerasSource>? outputs = null;
            if (given is not null && layer.Class == "InputLayer")
            {
                int place = config.Inputs.ToList().IndexOf(layer.Name);
                outputs =
                    place >= 0 && place < given.Length
                        ? [given[place]]
                        : throw layer.Fault(
                            $"is an input of a model that is called with {given.Length} values",
                            "one for each of its inputs"
                        );
            }
            else if (layer.Model is { } model)
                outputs = Lay(model, $"{path}/", own, inputs);
            else
                _calls.Add(
                    call with
                    {
                        Path = path,
                        Number = own,
                        Inputs = inputs,
                        Mask = call.Mask is { } mask ? Find(mask, $"{layer}") : null,
                    }
                );
            made[(layer.Name, call.Number)] = new(path, own, outputs);
        }
        return [.. config.Outputs.Select(source => Find(source, within.Length == 0 ? "the model" : $"the model {within[..^1]}"))];
    }

    private MalformedFileException Missing(KerasSource source, string reader) =>
        new(
            _file,
            $"{reader} puts out or reads output {source.Tensor} of {MalformedFileException.Quote(source.Layer)}, which nothing makes",
            "an output of one of its layers"
        );
}
