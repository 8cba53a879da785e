namespace Farback.Formats.Keras;

/// <summary>The calls of a model in an order in which each reads what was made before; the file's order where that is free.</summary>
internal static class KerasOrder
{
    /// <exception cref="MalformedFileException">A layer reads one that is not there, or what is made from what it makes.</exception>
    public static IEnumerable<KerasCall> Of(KerasConfig config)
    {
        IReadOnlyList<KerasCall> calls = config.Calls;
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (KerasLayer layer in config.Layers)
            if (!names.Add(layer.Name))
                throw layer.Fault("has the name of another layer", "a name of its own");
        Dictionary<(string, int), int> places = [];
        for (int i = 0; i < calls.Count; i++)
            places.Add((calls[i].Layer.Name, calls[i].Number), i);
        int[] waiting = new int[calls.Count];
        List<int>[] readers = [.. calls.Select(_ => new List<int>())];
        for (int i = 0; i < waiting.Length; i++)
            foreach (KerasSource source in calls[i].Mask is { } mask ? calls[i].Inputs.Append(mask) : calls[i].Inputs)
            {
                // of a layer that is called once, older files count the calls outside of the model too
                if (!places.TryGetValue((source.Layer, source.Call), out int place) && !IsCalledOnce(source.Layer, out place))
                    throw calls[i]
                        .Layer.Fault(
                            $"reads {MalformedFileException.Quote(source.Layer)}{(source.Call == 0 ? "" : $" at call {source.Call}")}",
                            "one of the model's layers"
                        );
                waiting[i]++;
                readers[place].Add(i);
            }
        var ready = new PriorityQueue<int, int>(Enumerable.Range(0, waiting.Length).Where(i => waiting[i] == 0).Select(i => (i, i)));
        List<KerasCall> order = [];
        while (ready.TryDequeue(out int next, out _))
        {
            order.Add(calls[next]);
            foreach (int reader in readers[next])
                if (--waiting[reader] == 0)
                    ready.Enqueue(reader, reader);
        }
        int stuck = Array.FindIndex(waiting, count => count > 0);
        return stuck < 0 ? order : throw calls[stuck].Layer.Fault("reads what is made from what it makes", "layers without a cycle");

        bool IsCalledOnce(string name, out int place) => places.TryGetValue((name, 0), out place) && !places.ContainsKey((name, 1));
    }
}
