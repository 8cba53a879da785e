using System.Text.Json;
using Farback.Cells;
using Farback.Formats;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;

namespace Farback.Tests.Reference;

/// <summary>One case of the reference set: a network, its batch and loss, and what PyTorch computed of them.</summary>
/// <remarks>
///   A case that is not wholly understood is refused, never read in part: a tensor of an unknown name, of another shape, or a missing
///   weight throws. Losses lie where the mask is 1; a target (and mask) of one number per lane belongs to the lane's last valid step.
/// </remarks>
internal sealed class TorchCase : IDisposable
{
    /// <summary>Which state a tensor is about, part after part of the cell's own: h0, h_n, tr.h_l0; c0, c_n, tr.c_l0.</summary>
    public static readonly string[] Parts = ["h", "c"];

    private const string Folder = "torch";
    private const string Losses = "losses"; // no case, and tested for itself

    private readonly SafetensorsFile _file;
    private readonly int[] _lastPlaces;
    private readonly bool _hasInitial;

    public TorchCase(string name)
    {
        Name = name;
        string folder = ReferenceFolder.Require(Folder);
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, name + ".json")));
        JsonElement root = json.RootElement;
        _file = SafetensorsFile.Open(Path.Combine(folder, name + ".safetensors"));
        Network = new Network
        {
            Cell = root.GetProperty("mode").GetString() switch
            {
                "RNN_TANH" => AllCells.Elman,
                "RNN_RELU" => AllCells.ElmanRelu,
                "LSTM" => AllCells.Lstm,
                "GRU" => AllCells.Gru,
                string other => throw Refusal($"no cell for mode {other}"),
                null => throw Refusal("no mode"),
            },
            Inputs = root.GetProperty("I").GetInt32(),
            Hidden = root.GetProperty("H").GetInt32(),
            Outputs = root.GetProperty("V").GetInt32(),
            Layers = root.GetProperty("num_layers").GetInt32(),
            Bidirectional = root.GetProperty("bidirectional").GetBoolean(),
            Biases = root.GetProperty("bias").GetBoolean() ? Biases.Two : Biases.None,
        };
        (Times, Lanes) = (root.GetProperty("T").GetInt32(), root.GetProperty("B").GetInt32());
        Lengths = Integers("lengths", Lanes);
        _lastPlaces = [.. Lengths.Select((length, lane) => (length - 1) * Lanes + lane)];
        CheckNames();
        HasLoss = ReadMask(root.GetProperty("target").GetString());
        Targets = ReadTargets();
        int[] classes = [.. Targets.Select((target, place) => HasLoss[place] ? target : ClassTargets.Ignored)];
        Batch = Batch.OfValues(Tensor("x", Times, Lanes, Network.Inputs), Times, Lanes, Network.Inputs, new ClassTargets(classes), Lengths);
        _hasInitial = root.GetProperty("init_state").GetBoolean();
    }

    /// <summary>Every case that any file of the folder belongs to, so that half a case fails too.</summary>
    public static IEnumerable<string> Names() =>
        ReferenceFolder.Find(Folder) is { } folder
            ? Directory
                .GetFiles(folder)
                .Where(file => Path.GetExtension(file) is ".json" or ".safetensors")
                .Select(file => Path.GetFileNameWithoutExtension(file))
                .Where(name => name != Losses)
                .Distinct()
                .Order(StringComparer.Ordinal)
            : [];

    public string Name { get; }
    public Network Network { get; }
    public int Times { get; }
    public int Lanes { get; }
    public int[] Lengths { get; }
    public Batch Batch { get; }
    public int Sites => Network.Layers * Network.Directions;

    /// <summary>Whether a place [time][lane] has a loss.</summary>
    public bool[] HasLoss { get; }

    /// <summary>The class of each place; meaningless where there is no loss.</summary>
    public int[] Targets { get; }

    /// <summary>The names of the tensors that begin so, in the order of the file.</summary>
    public IEnumerable<string> NamesOf(string prefix) =>
        _file.Tensors.Select(tensor => tensor.Name).Where(name => name.StartsWith(prefix, StringComparison.Ordinal));

    public bool Has(string tensor) => _file.Find(tensor) is not null;

    /// <summary>A tensor's numbers; of that shape, or the case is refused.</summary>
    public double[] Tensor(string name, params long[] shape)
    {
        Tensor tensor = _file[name];
        if (!tensor.Shape.SequenceEqual(shape))
            throw Refusal($"{name} has the shape [{string.Join(", ", tensor.Shape)}], expected [{string.Join(", ", shape)}]");
        return tensor.ToDoubles();
    }

    /// <summary>A tensor of one row per place, with the places: every one, or the last valid step of each lane.</summary>
    public (double[] Values, int[] Places) AtPlaces(string name, params long[] row) =>
        _file[name].Shape.Count == row.Length + 1
            ? (Tensor(name, [Lanes, .. row]), _lastPlaces)
            : (Tensor(name, [Times, Lanes, .. row]), [.. Enumerable.Range(0, Times * Lanes)]);

    /// <summary>The suffix of a layer and direction in PyTorch's names.</summary>
    public string Suffix(int site) => $"l{site / Network.Directions}{(site % Network.Directions == 1 ? "_reverse" : "")}";

    public Trace<double> Run(Width width)
    {
        var parameters = new Parameters<double>(Network);
        foreach (Block block in Network.Blocks)
            if (IsInFile(block))
                Tensor(block.Name, ShapeOf(block)).CopyTo(parameters[block]);
        return new Model<double>(Network, parameters, width).Forward(Batch, initial: Initial());
    }

    /// <summary>A bias is a vector there, and a column here.</summary>
    public static long[] ShapeOf(Block block) =>
        block.Kind is BlockKind.InputBias or BlockKind.RecurrentBias or BlockKind.ReadOutBias ? [block.Rows] : [block.Rows, block.Columns];

    public void Dispose() => _file.Dispose();

    // a read-out without a bias is one whose bias is zero, and is not learned
    private bool IsInFile(Block block) => block.Kind != BlockKind.ReadOutBias || Has(block.Name);

    private States<double> Initial()
    {
        var states = new States<double>(Network, Lanes);
        for (int part = 0; part < Network.Cell.State.Count; part++)
        {
            string name = Parts[part] + "0";
            if (!Has(name) && !_hasInitial)
                continue;
            double[] values = Tensor(name, Sites, Lanes, Network.Hidden);
            for (int site = 0; site < Sites; site++)
            for (int lane = 0; lane < Lanes; lane++)
                values.AsSpan((site * Lanes + lane) * Network.Hidden, Network.Hidden).CopyTo(states[site, part, lane]);
        }
        return states;
    }

    private bool[] ReadMask(string? target)
    {
        var mask = new bool[Times * Lanes];
        if (!Has("mask"))
        {
            if (target is not ("each" or "last"))
                throw Refusal($"no mask, and a target '{target}' that is neither each nor last");
            for (int place = 0; place < mask.Length; place++)
                mask[place] = target == "each" ? place / Lanes < Lengths[place % Lanes] : _lastPlaces.Contains(place);
            return mask;
        }
        (double[] values, int[] places) = AtPlaces("mask");
        for (int i = 0; i < values.Length; i++)
            mask[places[i]] = values[i] switch
            {
                0 => false,
                1 => true,
                double other => throw Refusal($"the mask holds {other}, expected 0 or 1"),
            };
        return mask;
    }

    private int[] ReadTargets()
    {
        (double[] values, int[] places) = AtPlaces("target");
        var targets = new int[Times * Lanes];
        for (int i = 0; i < values.Length; i++)
            targets[places[i]] = checked((int)values[i]);
        return targets;
    }

    private int[] Integers(string name, params long[] shape) => [.. Tensor(name, shape).Select(value => checked((int)value))];

    private void CheckNames()
    {
        HashSet<string> known =
        [
            .. "x target mask lengths output h_n c_n h0 c0 logits loss_step_batch loss_step loss_sum loss_mean".Split(' '),
        ];
        string[] states = [.. Parts.Take(Network.Cell.State.Count)];
        string[] leaves = [.. Network.Blocks.Select(block => block.Name), "x", .. states.Select(part => part + "0")];
        string[] adjoints = [.. Enumerable.Range(0, Sites).SelectMany(site => states.Select(part => $"tr.{part}_{Suffix(site)}"))];
        known.UnionWith(Network.Blocks.Select(block => block.Name));
        known.UnionWith(leaves.SelectMany(leaf => new[] { "grad_sum." + leaf, "grad_mean." + leaf, "tr." + leaf }));
        known.UnionWith(adjoints);
        foreach (Tensor tensor in _file.Tensors)
            if (!known.Contains(tensor.Name))
                throw Refusal($"nobody knows what tensor {tensor.Name} is");
    }

    private InvalidDataException Refusal(string why) => new($"reference case {Name}: {why}.");
}
