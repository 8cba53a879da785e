namespace Farback.Formats.Onnx;

/// <summary>RNN, GRU and LSTM over lanes that are not one sequence from end to end: steps are passed over, or sequences follow one another.</summary>
/// <remarks>
///   Inputs 0 to 7 as ONNX has them, without sequence_lens; input 8 marks every step, [N, T] or [T, N] as the layout has x.
///   steps "kept" (Keras' mask): at mark 0 the state stays as it is, and Y repeats what its direction said last, 0 before that; with hold 0 it
///   is 0 there. A direction that reads from the end repeats what it said at the next step that is kept.
///   steps "goes-on" (Caffe's cont): at mark 0 a sequence begins, from zero; what stands before the first 0 goes on from the initial states.
///   Y_h, Y_c are those of the last step that was read; of a lane without one the initial states.
///   Each lane's kept steps are read without the others, which is what they mean; its k-th sequences are run side by side, for every k.
/// </remarks>
internal sealed class RecurrentSteps
{
    /// <summary>The domain of these operators, which no ONNX file has.</summary>
    public const string Domain = "farback.steps";

    private readonly Call _call;
    private readonly RecurrentNode _node;
    private readonly Value _x,
        _marks;
    private readonly bool _keeps;
    private readonly int _times,
        _lanes,
        _inputs;

    private RecurrentSteps(Call call)
    {
        (_call, _x, _marks) = (call, call[0], call[8]);
        _node = new(call.Node, call[1], call[2], call.Optional(3), call.Optional(7));
        _keeps = call.Node.Text("steps", "") switch
        {
            "kept" => true,
            "goes-on" => false,
            string other => throw call.Node.Fault($"has steps {MalformedFileException.Quote(other)}", "kept or goes-on"),
        };
        if (_x.Rank != 3 || call.Optional(4) is not null || _marks.Rank != 2 || !_marks.Shape.AsSpan().SequenceEqual(_x.Shape.AsSpan(0, 2)))
            throw call.Node.Fault($"reads {_x} with marks {_marks}", "a mark for each step, and no lengths beside them");
        (_times, _lanes) = _node.IsBatchMajor ? (_x.Shape[1], _x.Shape[0]) : (_x.Shape[0], _x.Shape[1]);
        _inputs = _x.Shape[2];
    }

    public static Value?[] Run(Call call) => new RecurrentSteps(call).Run();

    private Value?[] Run()
    {
        List<int[]>[] sequences = [.. Enumerable.Range(0, _lanes).Select(lane => _keeps ? [Kept(lane)] : Cut(lane))];
        int directions = _node.Directions,
            units = _node.Hidden,
            states = _node.IsLstm ? 2 : 1;
        int[] shape = _call.Sized(_node.IsBatchMajor ? [_lanes, _times, directions, units] : [_times, directions, _lanes, units]),
            stateShape = _node.IsBatchMajor ? [_lanes, directions, units] : [directions, _lanes, units];
        var y = new double[Value.Product(shape)];
        double[][] last =
        [
            .. Enumerable.Range(0, states).Select(state => _call.Optional(5 + state)?.ToDoubles() ?? new double[Value.Product(stateShape)]),
        ];
        for (int round = 0; round < Math.Max(1, sequences.Select(own => own.Count).DefaultIfEmpty().Max()); round++)
        {
            int[][] own = [.. sequences.Select(all => round < all.Count ? all[round] : [])];
            Value?[] made = RecurrentOperator.Run(_call with { Inputs = Inputs(own, isFirst: round == 0) });
            int times = made[0]!.Count / Math.Max(1, _lanes * directions * units);
            for (int direction = 0; direction < directions; direction++)
            for (int lane = 0; lane < _lanes; lane++)
            {
                for (int step = 0; step < own[lane].Length; step++)
                    Array.Copy(
                        made[0]!.Reals,
                        Place(step, times, direction, lane),
                        y,
                        Place(own[lane][step], _times, direction, lane),
                        units
                    );
                for (int state = 0; state < states && own[lane].Length > 0; state++)
                    Array.Copy(made[1 + state]!.Reals, StatePlace(direction, lane), last[state], StatePlace(direction, lane), units);
            }
        }
        if (_keeps && _call.Node.Int("hold", 1) != 0)
            Hold(y);
        return [Value.Of(_x.Type, shape, y), .. last.Select(state => Value.Of(_x.Type, stateShape, state))];
    }

    private int At(int time, int lane) => _node.IsBatchMajor ? lane * _times + time : time * _lanes + lane;

    private bool IsMarked(int time, int lane) => _marks.At(At(time, lane)) != 0;

    private int[] Kept(int lane) => [.. Enumerable.Range(0, _times).Where(time => IsMarked(time, lane))];

    // the first goes on from before, and may be empty
    private List<int[]> Cut(int lane)
    {
        List<int[]> sequences = [];
        for (int from = 0, to = 0; to <= _times; to++)
            if (to == _times || !IsMarked(to, lane))
            {
                sequences.Add([.. Enumerable.Range(from, to - from)]);
                from = to;
            }
        return sequences;
    }

    private Value?[] Inputs(int[][] own, bool isFirst)
    {
        int times = Math.Max(1, own.Max(steps => steps.Length));
        var x = new double[times * _lanes * _inputs];
        for (int lane = 0; lane < _lanes; lane++)
        for (int step = 0; step < own[lane].Length; step++)
            Array.Copy(
                _x.Reals,
                At(own[lane][step], lane) * _inputs,
                x,
                (_node.IsBatchMajor ? lane * times + step : step * _lanes + lane) * _inputs,
                _inputs
            );
        return
        [
            Value.Of(_x.Type, _node.IsBatchMajor ? [_lanes, times, _inputs] : [times, _lanes, _inputs], x),
            _call[1],
            _call[2],
            _call.Optional(3),
            Value.List([.. own.Select(steps => (long)steps.Length)]),
            isFirst ? _call.Optional(5) : null,
            isFirst ? _call.Optional(6) : null,
            _call.Optional(7),
        ];
    }

    private int Place(int time, int times, int direction, int lane) =>
        (_node.IsBatchMajor ? (lane * times + time) * _node.Directions + direction : (time * _node.Directions + direction) * _lanes + lane)
        * _node.Hidden;

    private int StatePlace(int direction, int lane) =>
        (_node.IsBatchMajor ? lane * _node.Directions + direction : direction * _lanes + lane) * _node.Hidden;

    // the row before, in the order in which the direction reads
    private void Hold(double[] y)
    {
        for (int direction = 0; direction < _node.Directions; direction++)
        for (int lane = 0; lane < _lanes; lane++)
        for (int step = 1; step < _times; step++)
        {
            (int time, int before) = _node.Reverse[direction] ? (_times - 1 - step, _times - step) : (step, step - 1);
            if (!IsMarked(time, lane))
                Array.Copy(y, Place(before, _times, direction, lane), y, Place(time, _times, direction, lane), _node.Hidden);
        }
    }
}
