using System.Globalization;
using Farback.Cells;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;

namespace Farback.Formats.Onnx;

/// <summary>Runs a graph and the network recognised in it on the same drawn inputs: what only a run can tell, and whether the two agree.</summary>
internal sealed class Probe(Graph graph, Layers layers, Head head, Action<FindingKind, string, string?> say)
{
    private const long MostProducts = 1L << 31;
    private readonly DrawnInputs _drawn = new(layers);

    /// <summary>The network with what the run showed, or null where it does not compute what the graph does.</summary>
    public Parameters<double>? Prove(Parameters<double> recognised, ModelText? own)
    {
        if (Evaluate(recognised.Values.Length) is not { } run)
            return recognised;
        (Parameters<double> parameters, Cell cell) = Told(WithInitialStates(recognised, run), own);
        Batch batch = BatchOf(run);
        Trace<double> trace = new Model<double>(parameters.Network, parameters).Forward(batch);
        var agreement = new Agreement(run, trace, layers, Allowed);
        double apart = agreement.Distance();
        if (!(apart <= Allowed))
        {
            say(
                FindingKind.Outside,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"run on drawn inputs, the network recognised here departs from the graph by {apart:0.0e+0} of its last layer's norm: something in the graph is not what it seems, and no network is opened"
                ),
                null
            );
            return null;
        }
        say(
            FindingKind.Recognised,
            string.Create(
                CultureInfo.InvariantCulture,
                $"run on {batch.Lanes} drawn sequences of {batch.Times} steps, network and graph are {apart:0.0e+0} apart"
            ),
            null
        );
        bool keepsHead = parameters.Network.Outputs == 0 || agreement.HasHead(head, say);
        return In(parameters, parameters.Network with { Cell = cell, Outputs = keepsHead ? parameters.Network.Outputs : 0 });
    }

    private double Allowed => layers.All[0].Parts[0].IsDouble ? 1e-10 : 1e-5;

    // the numbers of a graph whose sizes are free are drawn; where two sizes are open, which is the batch is tried
    private Evaluator? Evaluate(long parameters)
    {
        GraphInput? main = graph.Inputs.FirstOrDefault(input => input.Name == layers.Input);
        if (main is null)
        {
            say(
                FindingKind.Guessed,
                $"the layers read {MalformedFileException.Quote(layers.Input)}, which is no input of the graph: recognised by structure alone",
                null
            );
            return null;
        }
        int[] shape = _drawn.Shape(main);
        long numbers = shape.Aggregate(1L, (product, size) => Math.Min(product * size, int.MaxValue));
        if (numbers > DrawnInputs.Most || numbers * parameters > MostProducts)
        {
            say(FindingKind.Guessed, $"the input {Value.Describe(shape)} is too large to be tried: recognised by structure alone", null);
            return null;
        }
        int[] sizes = layers.Table is null ? shape[..^1] : shape;
        string reason = "";
        foreach (int lanes in sizes.Reverse().Append(1).Distinct())
        {
            int times = Value.Product(sizes) / Math.Max(lanes, 1);
            Dictionary<string, Value> inputs = new() { [main.Name] = _drawn.Draw(main, shape) };
            foreach (GraphInput other in graph.Inputs.Where(other => other != main))
                inputs[other.Name] = _drawn.Fill(other, times, lanes);
            var run = new Evaluator(graph, inputs);
            run.Run(keep: true, goOn: true);
            if (
                layers.All.All(layer => layer.Parts.All(part => part.Node.Output(0) is null || run[part.Node.Outputs[0]] is not null))
                && Top(run)
            )
                return run;
            reason = run.Missing.Values.FirstOrDefault() ?? "";
        }
        say(FindingKind.Guessed, $"the graph could not be run to compare ({reason.TrimEnd('.')}): recognised by structure alone", null);
        return null;
    }

    private bool Top(Evaluator run) =>
        layers.All[^1].Parts.All(part => Agreement.Y(run, part) is not null || Agreement.LastStates(run, part) is not null);

    private Batch BatchOf(Evaluator run)
    {
        RecurrentNode first = layers.All[0].Parts[0];
        Value x = run[first.Node.Inputs[0]]!;
        (int times, int lanes) = first.IsBatchMajor ? (x.Shape[1], x.Shape[0]) : (x.Shape[0], x.Shape[1]);
        int[] lengths =
            first.Node.Input(4) is { } name && run[name] is { } given
                ? [.. given.Wholes.Select(length => (int)length)]
                : [.. Enumerable.Repeat(times, lanes)];
        var targets = new ClassTargets(new int[times * lanes]);
        // a network that reads from the end is one that reads forwards, on sequences turned round
        int At(int time, int lane) => layers.IsReversed && time < lengths[lane] ? lengths[lane] - 1 - time : time;
        var values = new double[x.Count];
        for (int time = 0; time < times; time++)
        for (int lane = 0; lane < lanes; lane++)
        {
            int from = first.IsBatchMajor ? lane * times + At(time, lane) : At(time, lane) * lanes + lane;
            Array.Copy(x.Reals, from * first.Inputs, values, (time * lanes + lane) * first.Inputs, first.Inputs);
        }
        Value main = run[layers.Input]!;
        if (main.Rank >= 2 && times != lanes && main.Shape[0] == lanes && main.Shape[1] == times)
            say(
                FindingKind.Recognised,
                $"its input is batch-major: {MalformedFileException.Quote(layers.Input)} is [batch, time{(main.Rank > 2 ? ", input" : "")}]",
                null
            );
        if (layers.Table is null)
            return Batch.OfValues(values, times, lanes, first.Inputs, targets, lengths);
        // the words of the batch are those whose vectors the layer reads
        bool batchMajor = main.Rank >= 2 && Reads(main, x, place => place) == first.IsBatchMajor;
        int[] ids = new int[times * lanes];
        for (int place = 0; place < ids.Length; place++)
        {
            (int time, int lane) = (place / lanes, place % lanes);
            ids[place] = (int)main.At(batchMajor ? lane * times + At(time, lane) : At(time, lane) * lanes + lane);
        }
        return Batch.OfIds(ids, times, lanes, targets, lengths);
    }

    private bool Reads(Value ids, Value x, Func<int, int> place)
    {
        double[] table = layers.Table!.Reals;
        int width = layers.Table.Shape[1];
        for (int i = 0; i < ids.Count; i++)
            if (!table.AsSpan((int)ids.At(place(i)) * width, width).SequenceEqual(x.Reals.AsSpan(i * width, width)))
                return false;
        return true;
    }

    private Parameters<double> WithInitialStates(Parameters<double> recognised, Evaluator run)
    {
        List<(string Block, double[] Numbers)> learned = [];
        bool any = false,
            given = false;
        for (int layer = 0; layer < layers.All.Count; layer++)
        {
            int direction = 0;
            foreach (RecurrentNode part in layers.All[layer].Parts)
            {
                for (int own = 0; own < part.Directions; own++, direction++)
                {
                    int parts = part.IsLstm ? 2 : 1;
                    var numbers = new double[parts * part.Hidden];
                    for (int state = 0; state < parts; state++)
                    {
                        if (part.Node.Input(5 + state) is not { } name || run[name] is not { } value)
                            continue;
                        if (run.DependenceOf(name) == Dependence.Inputs)
                        {
                            given = true;
                            continue;
                        }
                        Row(part, value, own).CopyTo(numbers.AsSpan(state * part.Hidden));
                    }
                    any |= numbers.Any(number => number != 0);
                    learned.Add(($"initial_l{layer}{(direction == 1 ? "_reverse" : "")}", numbers));
                }
            }
        }
        if (given)
            say(
                FindingKind.Guessed,
                "its initial states are inputs of the graph: the network starts at zero unless states are given to a run",
                null
            );
        if (!any)
            return recognised;
        say(FindingKind.Recognised, "its initial states are stored: they are opened as parameters", null);
        Parameters<double> parameters = In(recognised, recognised.Network with { InitialStates = InitialStates.Learned });
        foreach ((string block, double[] numbers) in learned)
            numbers.CopyTo(parameters[block]);
        return parameters;
    }

    // the same for every lane, else it is no parameter
    private static double[] Row(RecurrentNode part, Value value, int direction)
    {
        int lanes = value.Count / (part.Directions * part.Hidden);
        Span<double> Lane(int lane) =>
            value.Reals.AsSpan(
                (part.IsBatchMajor ? lane * part.Directions + direction : direction * lanes + lane) * part.Hidden,
                part.Hidden
            );
        for (int lane = 1; lane < lanes; lane++)
            if (!Lane(lane).SequenceEqual(Lane(0)))
                throw part.Node.Outside("starts every sequence from a state of its own; a network here starts all from one.");
        return Lane(0).ToArray();
    }

    // an export of our own says what ONNX has no place for; the cell only after the proof, since the graph has its numbers as floats
    private (Parameters<double> Parameters, Cell Cell) Told(Parameters<double> parameters, ModelText? own)
    {
        Network found = parameters.Network;
        if (own is null)
            return (parameters, found.Cell);
        Network said = own.ReadNetwork(null);
        Network told = found with
        {
            Biases = (Biases)Math.Max((int)said.Biases, (int)found.Biases),
            Dropout = said.Dropout,
            InitialStates = found.InitialStates == InitialStates.Zero ? said.InitialStates : found.InitialStates,
        };
        if (InFloat(said.Cell, found.Cell) && said.Equals(told with { Cell = said.Cell }))
            return (In(parameters, told), said.Cell);
        say(FindingKind.Guessed, "its metadata describe another network than its graph; the graph is taken", null);
        return (parameters, found.Cell);
    }

    // ONNX keeps an activation's numbers as floats
    private static bool InFloat(Cell said, Cell found) =>
        said.GetType() == found.GetType()
        && said.Name.Split('(')[0] == found.Name.Split('(')[0]
        && said.Activations.Count == found.Activations.Count
        && said.Activations.Zip(found.Activations)
            .All(pair =>
                pair.First.Name == pair.Second.Name
                && (float)pair.First.Alpha == (float)pair.Second.Alpha
                && (float)pair.First.Beta == (float)pair.Second.Beta
                && (float?)pair.First.Clip == (float?)pair.Second.Clip
            );

    private static Parameters<double> In(Parameters<double> from, Network network)
    {
        var to = new Parameters<double>(network);
        foreach (Block block in network.Blocks)
            if (from.Network.Blocks.FirstOrDefault(other => other.Name == block.Name) is { } same)
                from[same].CopyTo(to[block]);
        return to;
    }
}
