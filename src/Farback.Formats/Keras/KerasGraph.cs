using Farback.Formats.Hdf5;
using Farback.Formats.Onnx;
using Farback.Networks;

namespace Farback.Formats.Keras;

/// <summary>A Keras model as a graph of ONNX' operators: one node or a few for each call of a layer, under its name.</summary>
/// <remarks>
///   Values are batch-major, [N, T, …], as Keras has them. Layers that only act in training become nodes that hand on what they read. A layer
///   that is Keras' own and is not known here becomes a node of the domain "keras", which the graph then names as what it cannot run.
/// </remarks>
/// <param name="Graph">The graph in which a network is looked for: no step is passed over.</param>
/// <param name="Biases">How many biases the recurrent layers have.</param>
/// <param name="Mask">The steps that every recurrent layer passes over; null where there are none.</param>
/// <param name="RunOnly">Why no network is looked for: a sentence for each layer that a network here cannot have.</param>
/// <param name="Whole">Makes the graph that is run, in which masked steps are passed over.</param>
internal sealed record KerasGraph(Graph Graph, Biases Biases, StepMask? Mask, IReadOnlyList<string> RunOnly, Func<Graph> Whole)
{
    /// <summary>Makes the graph.</summary>
    /// <param name="file">The file, for the sentences.</param>
    /// <param name="config">The description.</param>
    /// <param name="version">Which Keras wrote it.</param>
    /// <param name="arrays">The arrays of the layers that own some.</param>
    /// <param name="findings">What is found out on the way.</param>
    public static KerasGraph Make(
        string file,
        KerasConfig config,
        KerasVersion version,
        IReadOnlyDictionary<KerasLayer, IReadOnlyList<Hdf5Dataset>> arrays,
        List<Finding> findings
    )
    {
        KerasPlan plan = KerasPlan.Of(file, config);
        Dtype real = arrays.Values.Any(own => own.Any(array => array.Type == Dtype.F64.Name)) ? Dtype.F64 : Dtype.F32;
        KerasNodes Nodes(bool passesOver, List<Finding> said)
        {
            var nodes = new KerasNodes(new(file, real), plan, version, said) { PassesOver = passesOver };
            foreach (KerasCall call in plan.Calls)
                KerasCalls.Add(nodes, call, Arrays(call.Layer, arrays));
            foreach (KerasSource output in plan.Outputs)
                nodes.Maker.Output(
                    nodes.Find(output)
                        ?? throw new MalformedFileException(
                            file,
                            $"the model puts out output {output.Tensor} of {MalformedFileException.Quote(output.Layer)}, which nothing makes",
                            "an output of one of its layers"
                        )
                );
            return nodes;
        }
        KerasNodes made = Nodes(false, findings);
        Graph graph = made.Maker.Make();
        List<string> runOnly =
        [
            .. plan.Shared.Select(call =>
                $"{call.Layer} is called more than once (node {MalformedFileException.Quote(call.Name)} has the weights of {MalformedFileException.Quote(call.Path)}): it is run, and not differentiated, since the layers of a network here have weights of their own"
            ),
        ];
        if (made.Masks.Read.Count > 1)
            runOnly.Add("its recurrent layers pass over different steps: it is run, and not differentiated");
        findings.AddRange(runOnly.Select(why => new Finding(FindingKind.Outside, why)));
        StepMask? mask = made.Masks.Read.Count == 1 ? made.Masks.StepsOf(made.Masks.Read.Single()) : null;
        if (mask is not null)
            findings.Add(new(FindingKind.Recognised, Say(mask)));
        return new(
            graph,
            made.Biases,
            mask,
            runOnly,
            made.Masks.Read.All(read => read is null) ? () => graph : () => Nodes(true, []).Maker.Make()
        );
    }

    private static string Say(StepMask mask) =>
        $"every step {(mask.IsOfWords ? $"with word {mask.Number} (mask_zero)" : $"whose numbers are all {mask.Number} (Masking)")} is passed over, wherever it stands: "
        + "a run of the model does so, and the network is given its sequences without these steps, so that times and lags count the others";

    private static Tensor[] Arrays(KerasLayer layer, IReadOnlyDictionary<KerasLayer, IReadOnlyList<Hdf5Dataset>> all)
    {
        Tensor[] own = [.. all.GetValueOrDefault(layer, []).Select(array => array.Read())];
        return Array.Find(own, array => array.Dtype.Real is null) is { } whole
            ? throw layer.Fault($"has {whole}", "floating numbers")
            : own;
    }
}
