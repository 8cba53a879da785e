namespace Farback.Experiments;

/// <summary>Which mistakes a function can have, the likelier first, and what to say of each.</summary>
internal static class CourseGuesses
{
    private const CourseMistake Order = CourseMistake.GatesInAnotherOrder;
    private static readonly string[] Gates = ["f", "i", "c", "o"];

    private static readonly int[][] Orders =
    [
        .. from f in Enumerable.Range(0, 4)
        from i in Enumerable.Range(0, 4)
        from c in Enumerable.Range(0, 4)
        from o in Enumerable.Range(0, 4)
        where new[] { f, i, c, o }.Distinct().Count() == 4 && (f, i, c, o) != (0, 1, 2, 3)
        select new[] { f, i, c, o },
    ];

    /// <summary>The mistakes of a function, each with an order of the gates where it has one.</summary>
    public static IEnumerable<(CourseMistake Mistake, IReadOnlyList<int>? Order)> For(CourseFunction function) =>
        Of(function)
            .SelectMany(mistake => mistake == Order ? Orders.Select(order => (mistake, (IReadOnlyList<int>?)order)) : [(mistake, null)]);

    private static IEnumerable<CourseMistake> Of(CourseFunction function)
    {
        if (!function.IsBackward)
            return
            [
                .. function.IsCell ? Array.Empty<CourseMistake>() : [CourseMistake.StateNotCarried],
                .. function is { IsLstm: true, IsCell: false } ? [CourseMistake.MemoryNotCarried] : Array.Empty<CourseMistake>(),
                .. function.IsLstm
                    ? [CourseMistake.StackedTheOtherWay, CourseMistake.NoTanhOfMemory, CourseMistake.CandidateBySigmoid, Order]
                    : new[] { CourseMistake.NoTanh },
                CourseMistake.BiasLeftOut,
                CourseMistake.NoSoftmax,
                CourseMistake.SoftmaxOverSequences,
                CourseMistake.ReadOutOfPreviousState,
            ];
        CourseMistake[] time =
            function.IsCell ? []
            : function.IsLstm
                ?
                [
                    CourseMistake.NothingCarried,
                    CourseMistake.CarryLeftOut,
                    CourseMistake.MemoryCarryLeftOut,
                    CourseMistake.Overwritten,
                    CourseMistake.LoopRunsForwards,
                ]
            : [CourseMistake.CarryLeftOut, CourseMistake.Overwritten, CourseMistake.LoopRunsForwards];
        CourseMistake[] step = function.IsLstm
            ?
            [
                CourseMistake.NoMemorySlope,
                CourseMistake.MemorySlopeWithoutTanh,
                CourseMistake.NoCandidateSlope,
                CourseMistake.NoGateSlopes,
                CourseMistake.NextMemoryForPrevious,
                CourseMistake.NoWayFromStateToMemory,
                // over time these are the carry of c left out: the last step's dc_next is 0
                .. function.IsCell ? [CourseMistake.DcNextLeftOut, CourseMistake.DcPrevWithoutState] : Array.Empty<CourseMistake>(),
                CourseMistake.StackedTheOtherWay,
                Order,
            ]
            :
            [
                CourseMistake.NoTanhSlope,
                CourseMistake.SlopeWithoutSquare,
                CourseMistake.SlopeOfTanhTwice,
                CourseMistake.SlopeAtPreviousState,
            ];
        return
        [
            .. time,
            CourseMistake.DaPrevForAPrev,
            CourseMistake.APrevForDaPrev,
            .. step,
            CourseMistake.NotTransposed,
            CourseMistake.BiasNotSummed,
            CourseMistake.BiasAveraged,
            CourseMistake.WeightsAveraged,
        ];
    }

    /// <summary>What to look for.</summary>
    public static string Sentence(CourseFunction function, CourseMistake mistake, IReadOnlyList<int>? order)
    {
        string carried = function.IsLstm ? "da_prevt and dc_prevt" : "da_prevt";
        return mistake switch
        {
            CourseMistake.NoTanh => "These are the numbers without the tanh: a_next = tanh(Wax xt + Waa a_prev + ba).",
            CourseMistake.BiasLeftOut => "These are the numbers without the biases.",
            CourseMistake.NoSoftmax => "These are the numbers before the softmax: the prediction is softmax of the read-out.",
            CourseMistake.SoftmaxOverSequences => "The softmax runs over the sequences (axis 1); it belongs over the outputs (axis 0).",
            CourseMistake.ReadOutOfPreviousState => "The prediction is made from a_prev; it is made from a_next.",
            CourseMistake.StateNotCarried => "Every step starts from a0: carry a_next to the next step.",
            CourseMistake.MemoryNotCarried => "Every step starts from c = 0: carry c_next to the next step.",
            CourseMistake.StackedTheOtherWay => "x stands above a: W acts on [a_prev; x], the state first.",
            CourseMistake.NoTanhOfMemory => "a_next = o c here; it is o tanh(c_next).",
            CourseMistake.CandidateBySigmoid => "The candidate cct goes through a sigmoid; it goes through tanh.",
            CourseMistake.GatesInAnotherOrder =>
                $"The gates are in another order: what should be f, i, c, o is {string.Join(", ", function.IsBackward ? Gates.Select((_, gate) => Gates[order!.ToList().IndexOf(gate)]) : order!.Select(gate => Gates[gate]))} here.",
            CourseMistake.DaPrevForAPrev => function.IsLstm
                ? "a_prev and da_prev are exchanged: the gradients of the weights are made with [da_prev; x]; they are δ [a_prev; x]ᵀ."
                : "a_prev and da_prev are exchanged: dWaa is made with da_prev; it is dtanh a_prevᵀ.",
            CourseMistake.APrevForDaPrev => "a_prev and da_prev are exchanged: a_prev itself is returned as the gradient.",
            CourseMistake.NoTanhSlope => "The tanh slope is missing: dtanh = (1 − a_next²) da_next.",
            CourseMistake.SlopeWithoutSquare => "The tanh slope is 1 − a_next², with the square.",
            CourseMistake.SlopeOfTanhTwice => "a_next is a tanh already: its slope is 1 − a_next², not 1 − tanh(a_next)².",
            CourseMistake.SlopeAtPreviousState => "The tanh slope is taken at a_prev; it is 1 − a_next².",
            CourseMistake.NotTransposed => "The weights that carry the gradient back are not transposed: da_prev = Wᵀ δ.",
            CourseMistake.BiasNotSummed => "The biases' gradients are not summed over the sequences: np.sum(δ, axis=1, keepdims=True).",
            CourseMistake.BiasAveraged => "The biases' gradients are averaged over the sequences; they are summed.",
            CourseMistake.WeightsAveraged =>
                "The gradients are averaged over the sequences; da is the gradient of the whole loss, so they are summed.",
            CourseMistake.NoMemorySlope => "The tanh slope is missing on the way from a to c: da_next o (1 − tanh(c_next)²).",
            CourseMistake.MemorySlopeWithoutTanh => "The slope on the way from a to c is 1 − tanh(c_next)², not 1 − c_next².",
            CourseMistake.NoCandidateSlope => "The candidate's tanh slope is missing: dcct has the factor 1 − cct².",
            CourseMistake.NoGateSlopes => "The gates' slopes are missing: f (1 − f), i (1 − i), o (1 − o).",
            CourseMistake.NextMemoryForPrevious => "dft is made with c_next; f multiplies c_prev.",
            CourseMistake.NoWayFromStateToMemory => "da_next does not reach c: dc_next + da_next o (1 − tanh(c_next)²) does.",
            CourseMistake.DcNextLeftOut => "dc_next is not used: what reaches c is dc_next + da_next o (1 − tanh(c_next)²).",
            CourseMistake.DcPrevWithoutState => "dc_prev lacks what comes through a: (dc_next + da_next o (1 − tanh(c_next)²)) f.",
            CourseMistake.CarryLeftOut =>
                $"The carry is left out: each step starts from da[:, :, t] + da_prevt, not from da[:, :, t] alone{(function.IsLstm ? " (dc_prevt is carried here)" : "")}.",
            CourseMistake.MemoryCarryLeftOut =>
                "The carry of c is left out: dc_next of a step is the dc_prev of the step after it, with what came through a in it (da_prevt is carried here).",
            CourseMistake.NothingCarried =>
                "Nothing is carried back in time: neither da_prevt nor dc_prevt. Older notebooks of the exercise printed these values as the expected ones; they are wrong, and carrying both gives the gradient.",
            CourseMistake.Overwritten => "Each step's gradients overwrite the last ones: they add up over time, dW += dWt.",
            CourseMistake.LoopRunsForwards =>
                $"The loop runs from the first step to the last: it must run backwards, so that {carried} come from the step after.",
            _ => throw new ArgumentOutOfRangeException(nameof(mistake), mistake, "no mistake"),
        };
    }
}
