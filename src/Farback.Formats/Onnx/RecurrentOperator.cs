using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;

namespace Farback.Formats.Onnx;

/// <summary>RNN, GRU and LSTM as operators, run by the library's own cells.</summary>
/// <remarks>
///   X [T, N, I], states [D, N, H]; Y [T, D, N, H], Y_h, Y_c [D, N, H]; with layout 1 X [N, T, I], states [N, D, H], Y [N, T, D, H].
///   Beyond a sequence's length Y is 0, and Y_h, Y_c are those of its last step; of length 0 they are 0, as ONNX Runtime's LSTM has it.
///   In reverse each sequence is read from its own end, and Y stands at the inputs' places.
/// </remarks>
internal static class RecurrentOperator
{
    public static Value?[] Run(Call call)
    {
        Value x = call[0];
        var node = new RecurrentNode(call.Node, call[1], call[2], call.Optional(3), call.Optional(7));
        if (!x.IsReal || x.Rank != 3 || x.Shape[2] != node.Inputs || x.Type != call[1].Type)
            throw call.Node.Fault($"reads {x}", $"{call[1].Type} with {node.Inputs} numbers a step on its last of three axes");
        if (x.Type == Dtype.F16 || x.Type == Dtype.BF16)
            throw call.Node.Outside($"computes in {x.Type}; floats and doubles are run here.");
        int times = x.Shape[node.IsBatchMajor ? 1 : 0],
            lanes = x.Shape[node.IsBatchMajor ? 0 : 1];
        if (times == 0 || lanes == 0)
            throw call.Node.Fault($"reads {x}", "at least one step of one sequence");
        var run = new Sequence(call, node, times, lanes);
        return x.Type == Dtype.F64 ? run.Run<double>() : run.Run<float>();
    }

    private sealed class Sequence(Call call, RecurrentNode node, int times, int lanes)
    {
        private readonly int _units = node.Hidden,
            _directions = node.Directions;

        public Value?[] Run<T>()
            where T : unmanaged
        {
            Dtype type = call[0].Type;
            int[] states = call.Sized(node.IsBatchMajor ? [lanes, _directions, _units] : [_directions, lanes, _units]);
            int[] all = call.Sized(node.IsBatchMajor ? [lanes, times, _directions, _units] : [times, _directions, lanes, _units]);
            call.Room(call.Node, 16L * all.Aggregate(1L, (product, size) => product * size)); // what a run leaves behind
            double[] y = new double[Value.Product(all)];
            double[][] last = [new double[Value.Product(states)], new double[Value.Product(states)]];
            int[] lengths = Lengths();
            Value?[] initial = [Initial(5, states), node.IsLstm ? Initial(6, states) : null];
            for (int direction = 0; direction < _directions; direction++)
                Direction<T>(direction, lengths, initial, y, last);
            return [Value.Of(type, all, y), Value.Of(type, states, last[0]), node.IsLstm ? Value.Of(type, states, last[1]) : null];
        }

        private void Direction<T>(int direction, int[] lengths, Value?[] initial, double[] y, double[][] last)
            where T : unmanaged
        {
            var network = new Network
            {
                Cell = node.Cells[direction],
                Inputs = node.Inputs,
                Hidden = _units,
                Outputs = 0,
                Biases = node.HasBias ? Biases.Two : Biases.None,
            };
            var parameters = new Parameters<double>(network);
            node.CopyTo(parameters, 0, direction, 0);
            var states = new States<T>(network, lanes);
            int parts = node.IsLstm ? 2 : 1;
            for (int part = 0; part < parts; part++)
            for (int lane = 0; lane < lanes && initial[part] is not null; lane++)
            for (int unit = 0; unit < _units; unit++)
                states[0, part, lane][unit] = Real.From<T>(initial[part]!.Reals[StatePlace(direction, lane) + unit]);

            Batch batch = Batch.OfValues(
                Inputs(direction, lengths),
                times,
                lanes,
                node.Inputs,
                new ClassTargets(new int[times * lanes]),
                lengths
            );
            Trace<T> trace = new Model<T>(network, parameters.To<T>()).Forward(batch, initial: states);
            var row = new T[_units];
            for (int time = 0; time < times; time++)
            for (int lane = 0; lane < lanes; lane++)
            {
                trace.Output(0, time, lane, row);
                int to = Place(At(direction, lengths, time, lane), direction, lane);
                for (int unit = 0; unit < _units; unit++)
                    y[to + unit] = Real.ToDouble(row[unit]);
            }
            trace.FinalStates(states);
            for (int part = 0; part < parts; part++)
            for (int lane = 0; lane < lanes; lane++)
            for (int unit = 0; unit < _units && lengths[lane] > 0; unit++)
                last[part][StatePlace(direction, lane) + unit] = Real.ToDouble(states[0, part, lane][unit]);
        }

        // the input position that a direction meets at a step of its own
        private int At(int direction, int[] lengths, int step, int lane) =>
            node.Reverse[direction] && step < lengths[lane] ? lengths[lane] - 1 - step : step;

        private double[] Inputs(int direction, int[] lengths)
        {
            double[] from = call[0].Reals,
                to = new double[from.Length];
            for (int step = 0; step < times; step++)
            for (int lane = 0; lane < lanes; lane++)
            {
                int time = At(direction, lengths, step, lane);
                Array.Copy(
                    from,
                    (node.IsBatchMajor ? lane * times + time : time * lanes + lane) * node.Inputs,
                    to,
                    (step * lanes + lane) * node.Inputs,
                    node.Inputs
                );
            }
            return to;
        }

        private int Place(int time, int direction, int lane) =>
            (node.IsBatchMajor ? (lane * times + time) * _directions + direction : (time * _directions + direction) * lanes + lane)
            * _units;

        private int StatePlace(int direction, int lane) =>
            (node.IsBatchMajor ? lane * _directions + direction : direction * lanes + lane) * _units;

        private int[] Lengths()
        {
            if (call.Optional(4) is not { } given)
                return [.. Enumerable.Repeat(times, lanes)];
            if (given.IsReal || given.Count != lanes || given.Wholes.Any(length => length < 0 || length > times))
                throw call.Node.Fault(
                    $"has sequence_lens {given}{(given.IsReal || given.Count > 8 ? "" : $" ({string.Join(", ", given.Wholes)})")}",
                    $"{lanes} lengths from 0 to {times}"
                );
            return [.. given.Wholes.Select(length => (int)length)];
        }

        private Value? Initial(int input, int[] shape)
        {
            Value? given = call.Optional(input);
            if (given is not null && (given.Type != call[0].Type || !given.Shape.SequenceEqual(shape)))
                throw call.Node.Fault($"starts from {given}", $"{call[0].Type} {Value.Describe(shape)}");
            return given;
        }
    }
}
