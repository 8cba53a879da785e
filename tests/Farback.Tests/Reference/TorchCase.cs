using System.Text.Json;
using Farback.Cells;
using Farback.Formats;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;

namespace Farback.Tests.Reference;

/// <summary>One case of the reference set: a network, its batch and loss, and what PyTorch computed of them.</summary>
internal sealed class TorchCase
{
    private readonly SafetensorsFile _file;

    public TorchCase(string name)
    {
        Name = name;
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(ReferenceFolder.Require("torch", name + ".json")));
        JsonElement root = json.RootElement;
        _file = SafetensorsFile.Open(ReferenceFolder.Require("torch", name + ".safetensors"));
        Network = new Network
        {
            Cell = root.GetProperty("mode").GetString() switch
            {
                "RNN_TANH" => AllCells.Elman,
                "RNN_RELU" => AllCells.ElmanRelu,
                "LSTM" => AllCells.Lstm,
                "GRU" => AllCells.Gru,
                string other => throw new InvalidOperationException($"{name}: no cell for mode {other}"),
                null => throw new InvalidOperationException($"{name}: no mode"),
            },
            Inputs = root.GetProperty("I").GetInt32(),
            Hidden = root.GetProperty("H").GetInt32(),
            Outputs = root.GetProperty("V").GetInt32(),
            Layers = root.GetProperty("num_layers").GetInt32(),
            Bidirectional = root.GetProperty("bidirectional").GetBoolean(),
            Biases = root.GetProperty("bias").GetBoolean() ? Biases.Two : Biases.None,
        };
        (Times, Lanes) = (root.GetProperty("T").GetInt32(), root.GetProperty("B").GetInt32());
        Batch = MakeBatch();
    }

    public static IEnumerable<string> Names() =>
        ReferenceFolder.Find("torch") is { } folder
            ? Directory.GetFiles(folder, "*.json").Select(file => Path.GetFileNameWithoutExtension(file)).Order()
            : [];

    public string Name { get; }
    public Network Network { get; }
    public int Times { get; }
    public int Lanes { get; }
    public Batch Batch { get; }

    public double[] this[string tensor] => _file[tensor].ToDoubles();

    public bool Has(string tensor) => _file.Find(tensor) is not null;

    public Parameters<T> Parameters<T>(Network network)
        where T : unmanaged
    {
        var parameters = new Parameters<double>(network);
        foreach (Block block in network.Blocks)
            if (Has(block.Name))
                this[block.Name].CopyTo(parameters[block]);
        return parameters.To<T>();
    }

    public Trace<T> Run<T>(Width width)
        where T : unmanaged
    {
        var model = new Model<T>(Network, Parameters<T>(Network), width);
        return model.Forward(Batch, initial: Initial<T>());
    }

    private States<T> Initial<T>()
        where T : unmanaged
    {
        var states = new States<T>(Network, Lanes);
        string[] names = ["h0", "c0"];
        for (int part = 0; part < Network.Cell.State.Count; part++)
        {
            double[] values = this[names[part]];
            for (int site = 0; site < Network.Layers * Network.Directions; site++)
            for (int lane = 0; lane < Lanes; lane++)
            for (int unit = 0; unit < Network.Hidden; unit++)
                states[site, part, lane][unit] = Real.From<T>(values[(site * Lanes + lane) * Network.Hidden + unit]);
        }
        return states;
    }

    private Batch MakeBatch()
    {
        double[] mask = this["mask"];
        int[] targets = [.. _file["target"].ToLongs().Select(target => (int)target)];
        for (int place = 0; place < targets.Length; place++)
            if (mask[place] == 0)
                targets[place] = ClassTargets.Ignored;
        int[] lengths = [.. _file["lengths"].ToLongs().Select(length => (int)length)];
        return Batch.OfValues(this["x"], Times, Lanes, Network.Inputs, new ClassTargets(targets), lengths);
    }
}
