using Farback.Cells;
using Farback.Networks;

namespace Farback.Formats.Onnx;

/// <summary>An RNN, GRU or LSTM node with its weights: what cells it runs, and their parameters in this library's order.</summary>
/// <remarks>
///   W [D, G·H, I], R [D, G·H, H], B [D, 2·G·H] = W_b ‖ R_b, P [D, 3·H]. Blocks: LSTM i o f c, GRU z r h, peepholes i o f; here i f g o,
///   r z n and i f o. An activation takes α (β) from the node's list, in the order of those that need one, else the default.
///   Source: ONNX operators RNN, GRU, LSTM, versions 7 to 22; input_forget, clip and the lists as ONNX Runtime reads them.
/// </remarks>
internal sealed class RecurrentNode
{
    // the block of ours that is stored at each place in ONNX' order
    private static readonly int[] Rnn = [0],
        Gru = [1, 0, 2],
        Lstm = [0, 3, 1, 2],
        Peepholes = [0, 2, 1];

    private readonly Value _w,
        _r;
    private readonly Value? _b,
        _p;

    public RecurrentNode(Node node, Value w, Value r, Value? b, Value? p)
    {
        (Node, _w, _r, _b, _p) = (node, w, r, b, p);
        string direction = node.Text("direction", "forward").ToLowerInvariant();
        Reverse = direction switch
        {
            "forward" => [false],
            "reverse" => [true],
            "bidirectional" => [false, true],
            _ => throw node.Fault($"has the direction {MalformedFileException.Quote(direction)}", "forward, reverse or bidirectional"),
        };
        IsBatchMajor = node.Int("layout", 0) switch
        {
            0 => false,
            1 => true,
            long other => throw node.Fault($"has the layout {other}", "0 or 1"),
        };
        int gates = Order.Length;
        if (w.Rank != 3 || r.Rank != 3)
            throw node.Fault($"has weights {w} and {r}", "three axes each");
        (Inputs, Hidden) = (w.Shape[2], r.Shape[2]);
        long stated = node.Int("hidden_size", Hidden);
        if (stated != Hidden || Hidden == 0 || Inputs == 0)
            throw node.Fault($"has hidden_size {stated}, R {r} and W {w}", "the same hidden size, and at least one unit and one input");
        Check("W", w, Directions, gates * Hidden, Inputs);
        Check("R", r, Directions, gates * Hidden, Hidden);
        Check("B", b, Directions, 2 * gates * Hidden);
        Check("P", p, Directions, 3 * Hidden);
        Cells = ReadCells(node);
    }

    public Node Node { get; }
    public int Inputs { get; }
    public int Hidden { get; }
    public bool IsBatchMajor { get; }

    /// <summary>Whether each direction reads from the end.</summary>
    public bool[] Reverse { get; }

    public int Directions => Reverse.Length;

    /// <summary>The cell of each direction.</summary>
    public Cell[] Cells { get; }

    public bool IsLstm => Node.Operator == "LSTM";
    public bool HasBias => _b is not null;
    public bool IsDouble => _w.Type == Dtype.F64;

    /// <summary>Whether the biases beside W_h are all zero, or there are none.</summary>
    public bool HasZeroRecurrentBias =>
        _b is null || Enumerable.Range(0, _b.Count).All(i => i / (Order.Length * Hidden) % 2 == 0 || _b.Reals[i] == 0);

    /// <summary>What was read in a way that another reader might not share.</summary>
    public string? Doubt { get; private set; }

    private int[] Order =>
        Node.Operator switch
        {
            "RNN" => Rnn,
            "GRU" => Gru,
            _ => Lstm,
        };

    /// <summary>Copies a direction's weights to where a network has them.</summary>
    public void CopyTo(Parameters<double> to, int layer, int direction, int networkDirection)
    {
        string suffix = $"l{layer}{(networkDirection == 1 ? "_reverse" : "")}";
        int rows = Order.Length * Hidden;
        Blocks(_w.Reals.AsSpan(direction * rows * Inputs, rows * Inputs), to[$"weight_ih_{suffix}"], Order);
        Blocks(_r.Reals.AsSpan(direction * rows * Hidden, rows * Hidden), to[$"weight_hh_{suffix}"], Order);
        if (_b is not null && to.Network.Biases != Biases.None)
            Blocks(_b.Reals.AsSpan(direction * 2 * rows, rows), to[$"bias_ih_{suffix}"], Order);
        if (_b is not null && to.Network.Biases == Biases.Two)
            Blocks(_b.Reals.AsSpan((direction * 2 + 1) * rows, rows), to[$"bias_hh_{suffix}"], Order);
        if (_p is not null)
            Blocks(_p.Reals.AsSpan(direction * 3 * Hidden, 3 * Hidden), to[$"unit_{suffix}"], Peepholes);
    }

    /// <summary>ONNX' blocks from ours, the other way round.</summary>
    public static double[] ToOnnx(string kind, ReadOnlySpan<double> ours)
    {
        int[] order = kind switch
        {
            "RNN" => Rnn,
            "GRU" => Gru,
            "LSTM" => Lstm,
            _ => Peepholes,
        };
        int size = ours.Length / order.Length;
        var theirs = new double[ours.Length];
        for (int block = 0; block < order.Length; block++)
            ours.Slice(order[block] * size, size).CopyTo(theirs.AsSpan(block * size));
        return theirs;
    }

    private static void Blocks(ReadOnlySpan<double> theirs, Span<double> ours, int[] order)
    {
        int size = theirs.Length / order.Length;
        for (int block = 0; block < order.Length; block++)
            theirs.Slice(block * size, size).CopyTo(ours[(order[block] * size)..]);
    }

    private void Check(string what, Value? value, params int[] shape)
    {
        if (value is not null && (!value.IsReal || value.Type != _w.Type || !value.Shape.SequenceEqual(shape)))
            throw Node.Fault($"has {what} {value}", $"{_w.Type} {Value.Describe(shape)}");
    }

    private Cell[] ReadCells(Node node)
    {
        Activation[] all = ReadActivations(node);
        int each = all.Length / Directions;
        bool coupled = node.Int("input_forget", 0) != 0,
            after = node.Int("linear_before_reset", 0) != 0;
        return
        [
            .. Enumerable
                .Range(0, Directions)
                .Select(direction =>
                {
                    Activation[] own = all[(direction * each)..((direction + 1) * each)];
                    return node.Operator switch
                    {
                        "RNN" => AllCells.ElmanWith(own[0]),
                        "GRU" => after ? AllCells.GruWith(own[0], own[1]) : AllCells.GruResetBeforeWith(own[0], own[1]),
                        _ => AllCells.LstmWith(own[0], own[1], own[2], _p is not null, coupled),
                    };
                }),
        ];
    }

    private Activation[] ReadActivations(Node node)
    {
        string[] usual = node.Operator switch
        {
            "RNN" => ["Tanh"],
            "GRU" => ["Sigmoid", "Tanh"],
            _ => ["Sigmoid", "Tanh", "Tanh"],
        };
        int needed = usual.Length * Directions;
        string[] names = node.Texts("activations") is { Length: > 0 } given
            ? given
            : [.. Enumerable.Repeat(usual, Directions).SelectMany(name => name)];
        // the schema's own default for RNN is two, also for one direction
        if (node.Operator == "RNN" && names.Length > needed)
            names = names[..needed];
        if (names.Length != needed)
            throw node.Fault($"has {names.Length} activations", $"{needed}");
        Queue<float> alphas = new(node.Floats("activation_alpha") ?? []),
            betas = new(node.Floats("activation_beta") ?? []);
        int stated = alphas.Count;
        float clip = node.Float("clip", 0);
        if (node.Has("clip") && !(clip >= 0 && float.IsFinite(clip)))
            throw node.Fault($"has the clip {clip}", "a number above 0");
        var read = new Activation[needed];
        int takers = 0;
        for (int i = 0; i < needed; i++)
        {
            string name =
                NameOf(names[i])
                ?? throw node.Outside($"has the activation {MalformedFileException.Quote(names[i])}, which is not known here.");
            int numbers = Activation.NumbersOf(name);
            Activation usualNumbers = Activation.Of(name);
            double α = numbers > 0 && alphas.TryDequeue(out float alpha) ? alpha : (float)usualNumbers.Alpha,
                β = numbers > 1 && betas.TryDequeue(out float beta) ? beta : (float)usualNumbers.Beta;
            takers += numbers > 0 ? 1 : 0;
            try
            {
                read[i] = Activation.Of(name, new[] { α, β }.AsSpan(0, numbers));
            }
            catch (ArgumentException error)
            {
                throw node.Fault(error.Message, "finite numbers");
            }
            // the bound is on sums; the third activation of an LSTM reads c
            if (clip > 0 && !(node.Operator == "LSTM" && i % 3 == 2))
                read[i] = read[i].Within(clip);
        }
        if (stated == needed && takers < needed && takers > 0)
            Doubt =
                $"{node} gives {stated} alphas for {takers} activations that take one; they were read in order, as ONNX Runtime does (CNTK gave one for each activation)";
        return read;
    }

    /// <summary>ONNX' name of an activation: HardSigmoid; Affine for the identity.</summary>
    public static string OnnxName(string name) =>
        name == "identity" ? "Affine" : string.Concat(name.Split('-').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));

    // HardSigmoid → hard-sigmoid; ONNX Runtime does not look at case
    private static string? NameOf(string name) =>
        Activation.Names.FirstOrDefault(known =>
            known != "identity" && string.Equals(known.Replace("-", "", StringComparison.Ordinal), name, StringComparison.OrdinalIgnoreCase)
        );
}
