using Farback.Networks;
using Farback.Sequences;

namespace Farback.Formats.Onnx;

/// <summary>A run of a graph against a run of the network that was recognised in it.</summary>
internal sealed class Agreement(Evaluator run, Trace<double> trace, Layers layers, double allowed)
{
    /// <summary>What an operator gives at every step; null where nobody asked for it.</summary>
    public static Value? Y(Evaluator run, RecurrentNode part) => part.Node.Output(0) is { } name ? run[name] : null;

    /// <summary>Its last states; null where nobody asked for them.</summary>
    public static Value? LastStates(Evaluator run, RecurrentNode part) => part.Node.Output(1) is { } name ? run[name] : null;

    /// <summary>‖Y − Y'‖∞ / ‖Y'‖∞ of the last layer; of its last states where nobody asked for Y.</summary>
    public double Distance()
    {
        int top = layers.All.Count - 1,
            hidden = trace.Model.Network.Hidden,
            direction = 0;
        double worst = 0,
            size = 0;
        var row = new double[trace.Model.Network.LayerOutputs];
        States<double> last = trace.FinalStates();
        foreach (RecurrentNode part in layers.All[^1].Parts)
        {
            for (int own = 0; own < part.Directions; own++, direction++)
            {
                for (int lane = 0; lane < trace.Lanes; lane++)
                {
                    int site = trace.Model.SiteIndex(top, direction);
                    if (LastStates(run, part) is { } states)
                        Compare(
                            states,
                            (part.IsBatchMajor ? lane * part.Directions + own : own * trace.Lanes + lane) * hidden,
                            trace.Batch.Lengths[lane] > 0 ? last[site, 0, lane] : new double[hidden]
                        );
                    if (Y(run, part) is not { } y)
                        continue;
                    for (int time = 0; time < trace.Times; time++)
                    {
                        trace.Output(top, time, lane, row);
                        int at = layers.IsReversed && time < trace.Batch.Lengths[lane] ? trace.Batch.Lengths[lane] - 1 - time : time;
                        int place = part.IsBatchMajor
                            ? (lane * trace.Times + at) * part.Directions + own
                            : (at * part.Directions + own) * trace.Lanes + lane;
                        Compare(y, place * hidden, row.AsSpan(direction * hidden, hidden));
                    }
                }
            }
        }
        return worst == 0 ? 0 : worst / size;

        void Compare(Value theirs, int place, ReadOnlySpan<double> ours)
        {
            for (int unit = 0; unit < ours.Length; unit++)
            {
                double expected = theirs.Reals[place + unit];
                worst = Math.Max(worst, Math.Abs(expected - ours[unit]));
                size = Math.Max(size, Math.Abs(expected));
            }
        }
    }

    /// <summary>Whether the graph's read-out is that of every step, in one order or the other, or of the last.</summary>
    public bool HasHead(Head head, Action<FindingKind, string, string?> say)
    {
        int outputs = trace.Model.Network.Outputs,
            times = trace.Times,
            lanes = trace.Lanes;
        string after = head.Then is { } then ? $", {then} after it" : "";
        if (run[head.Output] is { IsReal: true } found)
        {
            int At(int step, int lane) => layers.IsReversed ? trace.Batch.Lengths[lane] - 1 - step : step;
            if (found.Count == times * lanes * outputs && Agrees(found, place => (At(place / lanes, place % lanes), place % lanes)))
            {
                say(FindingKind.Recognised, $"a linear read-out of {outputs} at every step{after}", null);
                return true;
            }
            if (found.Count == times * lanes * outputs && Agrees(found, place => (At(place % times, place / times), place / times)))
            {
                say(FindingKind.Recognised, $"a linear read-out of {outputs} at every step, batch-major{after}", null);
                return true;
            }
            if (found.Count == lanes * outputs && Agrees(found, lane => (Math.Max(0, trace.Batch.Lengths[lane] - 1), lane)))
            {
                say(FindingKind.Recognised, $"a linear read-out of {outputs} after the last step{after}: losses belong there", null);
                return true;
            }
        }
        say(
            FindingKind.Outside,
            $"the read-out that makes {MalformedFileException.Quote(head.Output)} is not that of the last layer at one step (of both directions' last states, perhaps): opened without it, so adjoints come from elsewhere",
            null
        );
        return false;

        bool Agrees(Value found, Func<int, (int Time, int Lane)> placeOf)
        {
            double worst = 0,
                size = 0;
            for (int place = 0; place < found.Count / outputs; place++)
            {
                (int time, int lane) = placeOf(place);
                ReadOnlySpan<double> y = trace.ReadOut(time, lane);
                for (int output = 0; output < outputs; output++)
                {
                    double expected = found.Reals[place * outputs + output];
                    worst = Math.Max(worst, Math.Abs(expected - y[output]));
                    size = Math.Max(size, Math.Abs(expected));
                }
            }
            return worst <= allowed * size;
        }
    }
}
