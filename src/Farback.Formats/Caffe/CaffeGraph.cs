using Farback.Formats.Caffe.Wire;
using Farback.Formats.Onnx;
using Farback.Networks;

namespace Farback.Formats.Caffe;

/// <summary>Turns a Caffe network into a graph of ONNX' operators: one node or a few for each layer, under the layer's name.</summary>
/// <remarks>
///   Values are time-major, [T, N, …], as Caffe's recurrent layers have them. LSTM: W_xc [4H, I], b_c [4H], (W_xc_static), W_hc [4H, H], gates
///   i f o g. RNN: W_xh, b_h, (W_xh_static), W_hh, W_ho, b_o: h = tanh(…), then o = tanh(W_ho h + b_o), which is a layer of its own above.
///   cont [T, N]: where it is 0 a sequence begins from zero; else the step goes on from the one before, the first from h_0 and c_0 where they
///   are given (expose_hidden). A network is looked for in a graph without cont, whose lanes are one sequence each.
/// </remarks>
internal sealed partial class CaffeGraph
{
    private const string Foreign = "caffe";
    private const int MostOutside = 64; // each takes memory that its few bytes do not warrant

    private readonly string _file;
    private readonly NetParameter _net;
    private readonly GraphMaker _maker;
    private readonly List<Finding> _findings;
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly HashSet<string> _read = new(StringComparer.Ordinal),
        _words = new(StringComparer.Ordinal),
        _conts = new(StringComparer.Ordinal),
        _made = new(StringComparer.Ordinal);
    private readonly bool _restarts;
    private int _outside;
    private LayerParameter _at = new();
    private CaffeBlob[] _blobs = [];

    private CaffeGraph(string file, NetParameter net, Dtype real, bool restarts, List<Finding> findings) =>
        (_file, _net, _maker, _restarts, _findings) = (file, net, new(file, real), restarts, findings);

    /// <summary>Makes the graph.</summary>
    /// <param name="file">The file, for the sentences.</param>
    /// <param name="net">The layers, in order.</param>
    /// <param name="blobs">The arrays of each, by its name.</param>
    /// <param name="restarts">Whether cont is read, and states that are given; otherwise each lane is one sequence from zero.</param>
    /// <param name="findings">What is found out on the way.</param>
    public static Graph Make(
        string file,
        NetParameter net,
        IReadOnlyDictionary<string, CaffeBlob[]> blobs,
        bool restarts,
        List<Finding> findings
    )
    {
        bool isDouble = blobs.Values.Any(own => own.Any(blob => blob.Type == Dtype.F64));
        var graph = new CaffeGraph(file, net, isDouble ? Dtype.F64 : Dtype.F32, restarts, findings);
        LayerParameter[] layers = [.. net.Layer.Where(IsRun)];
        foreach (LayerParameter layer in layers)
        {
            if (layer is { Type: "Embed", Bottom.Count: > 0 })
                graph._words.Add(layer.Bottom[0]);
            if (layer is { Type: "LSTM" or "RNN", Bottom.Count: > 1 })
                graph._conts.Add(layer.Bottom[1]);
        }
        // the same marks for several layers
        foreach (LayerParameter layer in layers.Reverse().Where(layer => layer.Type == "Split" && layer.Top.Any(graph._conts.Contains)))
            graph._conts.UnionWith(layer.Bottom);
        foreach (string input in net.Input.Where(input => layers.Any(layer => layer.Bottom.Contains(input))))
            graph.Input(input, graph.ShapeOf(input));
        foreach (LayerParameter layer in layers)
        {
            (graph._at, graph._blobs) = (layer, blobs.GetValueOrDefault(layer.Name, []));
            graph.Add();
        }
        foreach ((string top, string value) in graph._values)
            if (graph._made.Contains(value) && !graph._read.Contains(value))
                graph._maker.Output(value);
        return graph._maker.Make();
    }

    private static bool IsRun(LayerParameter layer) =>
        (layer.Include.Count == 0 || !layer.Include.Any(rule => rule.HasPhase && rule.Phase == Phase.Train))
        && (layer.Exclude.Count == 0 || !layer.Exclude.Any(rule => rule.HasPhase && rule.Phase == Phase.Test));

    private string What => $"layer {MalformedFileException.Quote(_at.Name)} ({MalformedFileException.Quote(_at.Type)[1..^1]})";

    private void Add()
    {
        switch (_at.Type)
        {
            case "Input":
                for (int i = 0; i < _at.Top.Count; i++)
                    Input(_at.Top[i], _at.InputParam?.Shape is { Count: > 0 } shapes ? shapes[Math.Min(i, shapes.Count - 1)] : null);
                break;
            case "LSTM" or "RNN":
                Recurrent(_at.Type == "LSTM");
                break;
            case "Embed":
                Embed();
                break;
            case "InnerProduct":
                InnerProduct();
                break;
            case "Softmax":
                Makes(
                    _maker.Node(
                        "Softmax",
                        _at.Name,
                        [Bottom(0)],
                        Value(),
                        ("axis", _at.SoftmaxParam is { HasAxis: true } own ? own.Axis : 1)
                    )
                );
                break;
            case "TanH" or "Sigmoid" or "ReLU":
                Makes(
                    _maker.Node(
                        _at.Type == "TanH" ? "Tanh"
                            : _at.Type == "ReLU" ? "Relu"
                            : "Sigmoid",
                        _at.Name,
                        [Bottom(0)],
                        Value()
                    )
                );
                break;
            case "Dropout":
                Makes(_maker.Node("Identity", _at.Name, [Bottom(0)], Value()));
                break;
            case "Split" when !_restarts && _at.Bottom.Any(_conts.Contains):
                break;
            case "Split":
                string from = Bottom(0);
                foreach (string top in _at.Top)
                    Makes(_maker.Node("Identity", _at.Name, [from], Fresh(top)), top);
                break;
            case "Silence" or "Accuracy":
                _read.UnionWith(_at.Bottom.Select(bottom => _values.GetValueOrDefault(bottom, bottom)));
                break;
            case "Lstm":
                throw new MalformedFileException(
                    _file,
                    $"{What} is that of a fork of Caffe (lstm_param, its bias last), whose arrays mean something else",
                    "BVLC Caffe's LSTM"
                );
            case "LSTMUnit":
                Outside("is a step of a network that was written out by hand; the layer LSTM is read");
                break;
            case string loss when loss.EndsWith("Loss", StringComparison.Ordinal):
                break;
            default:
                Outside("is not known here");
                break;
        }
    }

    private void Input(string top, BlobShape? shape)
    {
        bool marks = _conts.Contains(top),
            words = _words.Contains(top);
        if (marks && !_restarts)
            return; // each lane is one sequence
        // more than one axis of numbers is one
        long? size =
            shape is { Dim.Count: > 2 } && shape.Dim.Skip(2).All(size => size > 0) && Tensor.Product([.. shape.Dim.Skip(2)]) is { } product
                ? product
                : null;
        long?[] sizes = marks || words ? [null, null] : [null, null, size];
        Makes(_maker.Input(Fresh(top), words ? Dtype.I64 : _maker.Real, sizes), top);
    }

    private BlobShape? ShapeOf(string input)
    {
        int place = _net.Input.IndexOf(input);
        if (place < 0 || place < _net.InputShape.Count)
            return place < 0 ? null : _net.InputShape[place];
        // before BlobShape there were always four sizes
        if (_net.InputDim.Count < 4 * (place + 1))
            return null;
        BlobShape shape = new();
        shape.Dim.AddRange(_net.InputDim.Skip(4 * place).Take(4).Select(size => (long)size));
        return shape;
    }

    private void Embed()
    {
        if (_blobs is not [{ Shape: [> 0, > 0 and var width] } table, ..])
            throw Fault("has no table", "a matrix of words and numbers");
        if (_blobs.Length > 2 || (_blobs.Length == 2 && _blobs[1].Numbers.Length != width))
            throw Fault($"has {string.Join(", ", _blobs.Take(4))}", $"a table and {width} biases");
        double[] numbers = table.Numbers;
        // a bias that every row gets is part of the rows
        if (_blobs.Length == 2)
        {
            numbers = [.. numbers];
            for (int i = 0; i < numbers.Length; i++)
                numbers[i] += _blobs[1].Numbers[i % width];
        }
        string stored = _maker.Store($"{_at.Name}:table", [(int)table.Shape[0], (int)width], numbers);
        Makes(_maker.Node("Gather", _at.Name, [stored, Bottom(0)], Value()));
    }

    private void InnerProduct()
    {
        InnerProductParameter own = _at.InnerProductParam ?? new();
        bool turned = own.Transpose;
        if (_blobs is not [{ Shape: [> 0 and var rows, > 0 and var columns] } w, ..])
            throw Fault("has no matrix", turned ? "[inputs, outputs]" : "[outputs, inputs]");
        (int inputs, int outputs) = turned ? ((int)rows, (int)columns) : ((int)columns, (int)rows);
        if (
            _blobs.Length > 2
            || (_blobs.Length == 2 && _blobs[1].Numbers.Length != outputs)
            || (own.HasNumOutput && own.NumOutput != outputs)
        )
            throw Fault(
                $"has {string.Join(", ", _blobs.Take(4))}",
                $"{(own.HasNumOutput ? own.NumOutput : (uint)outputs)} outputs and as many biases"
            );
        string x = Bottom(0);
        if ((own.HasAxis ? own.Axis : 1) is not (2 or -1))
            Say(
                FindingKind.Outside,
                $"{What} reads all axes from {(own.HasAxis ? own.Axis : 1)} on at once; at every step it would be axis 2, which is run here"
            );
        string product = _maker.Node(
            "MatMul",
            _at.Name,
            [x, turned ? _maker.Store($"{_at.Name}:W", [inputs, outputs], w.Numbers) : Turned("W", w.Numbers, outputs, inputs)],
            _blobs.Length == 2 ? $"{_at.Name}:product" : Value()
        );
        Makes(
            _blobs.Length == 2
                ? _maker.Node("Add", _at.Name, [product, _maker.Store($"{_at.Name}:b", [outputs], _blobs[1].Numbers)], Value())
                : product
        );
    }

    // [rows, columns] stored as [columns, rows]
    private string Turned(string what, double[] from, int rows, int columns)
    {
        var to = new double[from.Length];
        for (int row = 0; row < rows; row++)
        for (int column = 0; column < columns; column++)
            to[column * rows + row] = from[row * columns + column];
        return _maker.Store($"{_at.Name}:{what}", [columns, rows], to);
    }

    private void Outside(string why)
    {
        if (++_outside > MostOutside)
            throw new NotSupportedException(
                $"{_file}: more than {MostOutside} layers are not known here, {What} among them: it is listed and not run."
            );
        Say(FindingKind.Outside, $"{What} {why}: it can be listed and not be run");
        string[] inputs = [.. Enumerable.Range(0, _at.Bottom.Count).Where(i => !_conts.Contains(_at.Bottom[i])).Select(Bottom)];
        string[] outputs = [.. _at.Top.Select(Fresh)];
        if (outputs.Length == 0)
            return;
        _maker.Add(_at.Type.Length == 0 ? "nothing" : _at.Type, Foreign, _at.Name, inputs, outputs);
        for (int i = 0; i < outputs.Length; i++)
            Makes(outputs[i], _at.Top[i]);
    }

    // what no layer made is an input of the network
    private string Bottom(int i)
    {
        if (i >= _at.Bottom.Count)
            throw Fault($"reads {_at.Bottom.Count} values", $"at least {i + 1}");
        string name = _at.Bottom[i];
        if (!_values.TryGetValue(name, out string? value))
        {
            Input(name, ShapeOf(name));
            value =
                _values.GetValueOrDefault(name)
                ?? throw Fault($"reads {MalformedFileException.Quote(name)}", "values, not where sequences begin");
        }
        _read.Add(value);
        return value;
    }

    // a layer may write over what it reads: a name of a value is then a new one
    private string Fresh(string top)
    {
        string name = top;
        for (int i = 1; !_made.Add(name); i++)
            name = $"{top}:{i}";
        return name;
    }

    private string Value() => Fresh(_at.Top.Count > 0 ? _at.Top[0] : $"{_at.Name}:top");

    private void Makes(string value, string? top = null) => _values[top ?? (_at.Top.Count > 0 ? _at.Top[0] : value)] = value;

    private void Say(FindingKind kind, string sentence) => _findings.Add(new(kind, sentence));

    private MalformedFileException Fault(string found, string expected) => new(_file, $"{What} {found}", expected);
}
