using System.Text.Json;

namespace Farback.Formats.Keras;

/// <summary>A recurrent layer of Keras in one direction, with its arrays where ONNX' operator of that name has them.</summary>
/// <remarks>
///   Keras: kernel [I, GH], recurrent_kernel [H, GH], gates i f c o and z r h; bias [GH], of a GRU that resets after the product [2, 3H].
///   Keras 1: an array a gate, i c f o and z r h. CuDNN: bias [8H] or [6H], and each gate's blocks of the kernels stored as their transposes.
///   ONNX: W [GH, I], R [GH, H], B [2GH]; gates i o f c and z r h. Source: docs/formats.md.
/// </remarks>
internal sealed class KerasCell
{
    // where each of ONNX' blocks stands in Keras' order
    private static readonly int[] Lstm = [0, 3, 1, 2],
        OldLstm = [0, 3, 2, 1],
        Gru = [0, 1, 2],
        Rnn = [0];

    private const int MostUnits = 1 << 24;

    private readonly KerasLayer _layer;
    private double[]? _b;

    private KerasCell(KerasLayer layer, string kind) => (_layer, Operator) = (layer, kind);

    /// <summary>ONNX' operator.</summary>
    public string Operator { get; }

    public int Inputs { get; private set; }
    public int Units { get; private set; }

    /// <summary>Whether a GRU resets after the product, which makes it keep two biases.</summary>
    public bool ResetsAfter { get; private set; }

    /// <summary>[GH, I].</summary>
    public double[] W { get; private set; } = [];

    /// <summary>[GH, H].</summary>
    public double[] R { get; private set; } = [];

    /// <summary>[2GH], beside W and beside R; null where there is none.</summary>
    public double[]? B => _b;

    public int Gates => GatesOf(Operator);

    /// <summary>The activations, as many as the operator has.</summary>
    public IReadOnlyList<KerasActivation> Activations { get; private set; } = [];

    /// <summary>ONNX' operator for a class of Keras, or null.</summary>
    public static string? OperatorOf(string kind) =>
        kind switch
        {
            "SimpleRNN" or "SimpleRNNCell" => "RNN",
            "GRU" or "GRUCell" or "CuDNNGRU" => "GRU",
            "LSTM" or "LSTMCell" or "CuDNNLSTM" => "LSTM",
            _ => null,
        };

    /// <summary>How many arrays a cell of that kind has in the file.</summary>
    public static int ArraysOf(KerasLayer layer, KerasVersion version) =>
        version.Major == 1 ? 3 * GatesOf(OperatorOf(layer.Class)!)
        : layer.Flag("use_bias", true) ? 3
        : 2;

    /// <summary>The cells inside an RNN: one, or several that lie on one another.</summary>
    public static IReadOnlyList<KerasLayer> Stacked(KerasLayer cell) =>
        cell.Class == "StackedRNNCells"
        && cell.Config.TryGetProperty("cells", out JsonElement list)
        && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Select(one => KerasLayer.Read(cell.File, one, cell.Name))]
            : [cell];

    /// <summary>Reads a cell.</summary>
    /// <param name="layer">The layer, or the cell inside it.</param>
    /// <param name="version">Which Keras wrote it.</param>
    /// <param name="arrays">Its arrays, in the file's order.</param>
    public static KerasCell Read(KerasLayer layer, KerasVersion version, IReadOnlyList<Tensor> arrays)
    {
        var cell = new KerasCell(layer, OperatorOf(layer.Class)!);
        cell.Units = layer.Whole("units", "output_dim") is { } units and > 0 and <= MostUnits
            ? units
            : throw layer.Fault("does not say how many units it has", $"units, from 1 to {MostUnits}");
        int expected = ArraysOf(layer, version);
        if (version.Major == 1 && arrays.Count == expected && expected > 3)
            cell.ReadOld(arrays);
        else
            cell.ReadNew(version, arrays);
        cell.ReadActivations(version);
        return cell;
    }

    private static int GatesOf(string kind) =>
        kind switch
        {
            "RNN" => 1,
            "GRU" => 3,
            _ => 4,
        };

    private int[] Order =>
        Operator switch
        {
            "RNN" => Rnn,
            "GRU" => Gru,
            _ => Lstm,
        };

    private void ReadNew(KerasVersion version, IReadOnlyList<Tensor> arrays)
    {
        if (arrays.Count is not (2 or 3))
            throw _layer.Fault($"has {arrays.Count} arrays", "kernel, recurrent_kernel and, if it has one, bias");
        int rows = Gates * Units;
        Inputs = Shape(arrays[0], null, rows)[0];
        Shape(arrays[1], Units, rows);
        double[]? bias = arrays.Count == 3 ? arrays[2].ToDoubles() : null;
        // CuDNN's layers keep two biases, and so are known
        bool twice = bias?.Length == 2 * rows;
        bool scrambled = twice && arrays[2].Shape.Count == 1 && Operator != "RNN";
        if (bias is not null && bias.Length != rows && !(twice && (scrambled || Operator == "GRU")))
            throw _layer.Fault(
                $"has the bias {arrays[2]}",
                Operator == "GRU" ? $"[{rows}], [2, {rows}] or, of CuDNN, [{2 * rows}]" : $"[{rows}] or, of CuDNN, [{2 * rows}]"
            );
        double[] kernel = arrays[0].ToDoubles(),
            recurrent = arrays[1].ToDoubles();
        W = scrambled ? Blocks(kernel, Inputs) : Turned(kernel, Inputs);
        R = scrambled ? Blocks(recurrent, Units) : Turned(recurrent, Units);
        ResetsAfter =
            Operator == "GRU" && (bias is null ? _layer.Flag("reset_after", _layer.Class == "CuDNNGRU" || version.ResetsAfter) : twice);
        if (bias is null)
            return;
        _b = new double[2 * rows];
        Ordered(bias.AsSpan(0, rows), Order).CopyTo(_b, 0);
        if (!twice)
            return;
        double[] second = Ordered(bias.AsSpan(rows), Order);
        // an LSTM reads nothing but the sum
        for (int i = 0; i < rows; i++)
            if (Operator == "LSTM")
                _b[i] += second[i];
            else
                _b[rows + i] = second[i];
    }

    // W, U, b of each gate in turn
    private void ReadOld(IReadOnlyList<Tensor> arrays)
    {
        int[] order = Operator == "LSTM" ? OldLstm : Order;
        Inputs = Shape(arrays[0], null, Units)[0];
        (W, R, _b) = (new double[Gates * Units * Inputs], new double[Gates * Units * Units], new double[2 * Gates * Units]);
        for (int block = 0; block < Gates; block++)
        {
            int from = 3 * order[block];
            Shape(arrays[from], Inputs, Units);
            Shape(arrays[from + 1], Units, Units);
            if (arrays[from + 2].Count != Units)
                throw _layer.Fault($"has the bias {arrays[from + 2]}", $"[{Units}]");
            Transpose(arrays[from].ToDoubles(), Units, 0, Inputs, W.AsSpan(block * Units * Inputs));
            Transpose(arrays[from + 1].ToDoubles(), Units, 0, Units, R.AsSpan(block * Units * Units));
            arrays[from + 2].ToDoubles().CopyTo(_b, block * Units);
        }
    }

    private int[] Shape(Tensor array, int? rows, int columns)
    {
        if (array.Shape is [var r, var c] && c == columns && r > 0 && (rows is null || r == rows))
            return [(int)r, (int)c];
        throw _layer.Fault($"has {array}", $"[{(rows is { } known ? $"{known}" : "inputs")}, {columns}] for {Units} units");
    }

    private double[] Ordered(ReadOnlySpan<double> from, int[] order)
    {
        var to = new double[from.Length];
        for (int block = 0; block < order.Length; block++)
            from.Slice(order[block] * Units, Units).CopyTo(to.AsSpan(block * Units));
        return to;
    }

    // columns [n, GH] to rows [GH, n]
    private double[] Turned(double[] from, int n)
    {
        var to = new double[from.Length];
        for (int block = 0; block < Gates; block++)
            Transpose(from, Gates * Units, Order[block] * Units, n, to.AsSpan(block * Units * n));
        return to;
    }

    private void Transpose(double[] from, int columns, int first, int n, Span<double> to)
    {
        for (int unit = 0; unit < Units; unit++)
        for (int input = 0; input < n; input++)
            to[unit * n + input] = from[input * columns + first + unit];
    }

    // CuDNN: a gate's columns, read row by row, are its rows [H, n] already
    private double[] Blocks(double[] from, int n)
    {
        var to = new double[from.Length];
        for (int block = 0; block < Gates; block++)
        for (int input = 0; input < n; input++)
            from.AsSpan(input * Gates * Units + Order[block] * Units, Units).CopyTo(to.AsSpan((block * n + input) * Units));
        return to;
    }

    private void ReadActivations(KerasVersion version)
    {
        bool cudnn = _layer.Class.StartsWith("CuDNN", StringComparison.Ordinal);
        KerasActivation own = cudnn
            ? KerasActivation.Named(_layer, version, "tanh")
            : KerasActivation.Of(_layer, version, "tanh", "activation");
        if (Operator == "RNN")
        {
            Activations = [own];
            return;
        }
        KerasActivation gate = cudnn
            ? KerasActivation.Named(_layer, version, "sigmoid")
            : KerasActivation.Of(
                _layer,
                version,
                version.ResetsAfter ? "sigmoid" : "hard_sigmoid",
                "recurrent_activation",
                "inner_activation"
            );
        // Keras' one activation stands for g and for what h shows of c
        Activations = Operator == "GRU" ? [gate, own] : [gate, own, own];
    }
}
