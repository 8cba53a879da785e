using Farback.Formats.Onnx;

namespace Farback.Formats.Caffe;

// LSTM and RNN, with their marks and the states that they are given.
internal sealed partial class CaffeGraph
{
    // where each of ONNX' blocks i o f c stands in Caffe's order i f o g
    private static readonly int[] Gates = [0, 2, 1, 3];

    private void Recurrent(bool isLstm)
    {
        if (_at.Bottom.Count > 2 && _at.RecurrentParam is not { ExposeHidden: true })
        {
            Outside("has a static input beside the sequence");
            return;
        }
        if (_at.RecurrentParam is { ExposeHidden: true })
            Say(
                FindingKind.Guessed,
                $"{What} is given its states and puts them out (expose_hidden): a run of the model does so; a network here starts at zero unless it is given others"
            );
        int gates = isLstm ? 4 : 1;
        if (_blobs.Length != (isLstm ? 3 : 5))
            throw Fault(
                $"has {(_blobs.Length == 0 ? "no arrays" : $"{_blobs.Length} arrays")}",
                isLstm ? "W_xc, b_c and W_hc" : "W_xh, b_h, W_hh, W_ho and b_o"
            );
        (CaffeBlob w, CaffeBlob b, CaffeBlob r) = (_blobs[0], _blobs[1], _blobs[2]);
        long units = r.Shape is [_, > 0 and var columns] ? columns : throw Fault($"has {r}", "a matrix of units");
        uint stated = _at.RecurrentParam is { HasNumOutput: true } own ? own.NumOutput : (uint)units;
        if (stated != units || w.Shape is not [var rows, > 0] || rows != gates * units || r.Shape[0] != rows || b.Numbers.Length != rows)
            throw Fault($"has {w}, {b} and {r} for {stated} units", $"[{gates}H, inputs], [{gates}H] and [{gates}H, H]");
        string x = Bottom(0);
        // more than one axis of numbers is one
        int inputs = (int)w.Shape[1],
            hidden = (int)units;
        string y = $"{_at.Name}:Y",
            name = _at.Name;
        var bias = new double[2 * gates * hidden];
        Ordered(b.Numbers, isLstm, hidden).CopyTo(bias, 0);
        int states = isLstm ? 2 : 1;
        bool given = _restarts && _at.RecurrentParam is { ExposeHidden: true } && _at.Bottom.Count >= 2 + states,
            marked = _restarts && _at.Bottom.Count > 1;
        string[] initial = given ? [.. Enumerable.Range(_at.Bottom.Count - states, states).Select(Bottom)] : [];
        _maker.Add(
            isLstm ? "LSTM" : "RNN",
            marked ? RecurrentSteps.Domain : "",
            name,
            [
                x,
                _maker.Store($"{name}:W", [1, gates * hidden, inputs], Ordered(w.Numbers, isLstm, hidden * inputs)),
                _maker.Store($"{name}:R", [1, gates * hidden, hidden], Ordered(r.Numbers, isLstm, hidden * hidden)),
                _maker.Store($"{name}:B", [1, 2 * gates * hidden], bias),
                "",
                .. initial,
                .. marked ? [.. Enumerable.Repeat("", 3 - initial.Length), Bottom(1)] : Array.Empty<string>(),
            ],
            [y, $"{name}:Y_h", .. isLstm ? [$"{name}:Y_c"] : Array.Empty<string>()],
            [("hidden_size", hidden), .. marked ? [("steps", "goes-on")] : Array.Empty<(string, object)>()]
        );
        string h = _maker.Node("Squeeze", name, [y, _maker.Whole($"{name}:axis", 1)], isLstm ? Value() : $"{name}:h");
        Say(
            FindingKind.Recognised,
            $"{What}: its second input says where sequences begin (cont 0): a run of the model restarts there; the network reads each sequence as one of its own, from its first step on"
        );
        if (isLstm)
        {
            Makes(h);
            States();
            return;
        }
        (CaffeBlob v, CaffeBlob c) = (_blobs[3], _blobs[4]);
        if (v.Shape is not [var outputs, var from] || outputs != hidden || from != hidden || c.Numbers.Length != hidden)
            throw Fault($"has {v} and {c}", $"[{hidden}, {hidden}] and [{hidden}]");
        // o = tanh(W_ho h + b_o): a layer above, which remembers nothing
        string product = _maker.Node("MatMul", name, [h, Turned("W_ho", v.Numbers, hidden, hidden)], $"{name}:product");
        string sum = _maker.Node("Add", name, [product, _maker.Store($"{name}:b_o", [hidden], c.Numbers)], $"{name}:sum");
        Makes(_maker.Node("Tanh", name, [sum], Value()));
        States();

        void States()
        {
            for (int state = 0; state < states && given && 1 + state < _at.Top.Count; state++)
                Makes(
                    _maker.Node("Identity", name, [$"{name}:Y_{(state == 0 ? "h" : "c")}"], Fresh(_at.Top[1 + state])),
                    _at.Top[1 + state]
                );
        }
    }

    private static double[] Ordered(double[] from, bool isLstm, int block) =>
        isLstm ? [.. Gates.SelectMany(gate => from.AsSpan(gate * block, block).ToArray())] : from;
}
