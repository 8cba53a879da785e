using Farback.Networks;
using Farback.Sequences;

namespace Farback.Formats;

/// <summary>What a row of given adjoints is.</summary>
internal enum AdjointRow
{
    /// <summary>∂L_t/∂h_t [T,B,·]: a loss that reads its own step alone.</summary>
    Loss,

    /// <summary>∂L_t/∂h_k [T,T,B,·]: a loss with everything it reads.</summary>
    LossApart,

    /// <summary>∂J/∂h_t [T,B,·]: what enters at a step, of all losses together.</summary>
    Entry,
}

/// <summary>Adjoints of the recurrent output that another program wrote.</summary>
/// <param name="Numbers">[T,B,D·H], or [T,T,B,D·H] for losses apart.</param>
/// <param name="Row">What a row is.</param>
/// <param name="Times">T.</param>
internal sealed record GivenAdjoints(double[] Numbers, AdjointRow Row, int Times)
{
    /// <summary>The losses of a run of the whole batch, or of one of its lanes alone.</summary>
    public LossField LossesOf(Trace<double> trace, int lanes, int? lane)
    {
        double[] own = lane is { } one ? Lane(one, lanes, trace) : Numbers;
        return Row == AdjointRow.LossApart ? LossField.GivenApart(trace, own) : LossField.Given(trace, own);
    }

    /// <summary>A place is marked where a row of a lane is not zero: there losses are counted.</summary>
    public ClassTargets Marks(int lanes, int width)
    {
        ClassTargets marks = ClassTargets.None(Times * lanes);
        int rows = Numbers.Length / width / lanes; // T, or T² with all that a loss reads
        for (int row = 0; row < rows; row++)
        for (int lane = 0; lane < lanes; lane++)
            if (Numbers.AsSpan((row * lanes + lane) * width, width).ContainsAnyExcept(0.0))
                marks.Classes[row / (rows / Times) * lanes + lane] = 0;
        return marks;
    }

    // one lane, as long as it was run: it may have been cut at its end
    private double[] Lane(int lane, int lanes, Trace<double> trace)
    {
        int width = trace.Model.Network.LayerOutputs,
            steps = trace.Times,
            losses = Row == AdjointRow.LossApart ? steps : 1;
        double[] own = new double[losses * steps * width];
        for (int loss = 0; loss < losses; loss++)
        for (int step = 0; step < steps; step++)
            Numbers.AsSpan(((loss * Times + step) * lanes + lane) * width, width).CopyTo(own.AsSpan((loss * steps + step) * width));
        return own;
    }
}
