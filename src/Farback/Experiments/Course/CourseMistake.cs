namespace Farback.Experiments;

/// <summary>The classic mistakes of the exercise, each one line of it.</summary>
public enum CourseMistake
{
    /// <summary>None: the exercise as it should be.</summary>
    None,

    /// <summary>a_next = z, without tanh.</summary>
    NoTanh,

    /// <summary>The biases ba (or bf, bi, bc, bo) are not added.</summary>
    BiasLeftOut,

    /// <summary>The prediction without its softmax.</summary>
    NoSoftmax,

    /// <summary>softmax over the sequences, not over the outputs.</summary>
    SoftmaxOverSequences,

    /// <summary>The prediction from a_prev.</summary>
    ReadOutOfPreviousState,

    /// <summary>Every step starts from a0.</summary>
    StateNotCarried,

    /// <summary>Every step of the LSTM starts from c = 0.</summary>
    MemoryNotCarried,

    /// <summary>[x; a_prev], where W acts on [a_prev; x].</summary>
    StackedTheOtherWay,

    /// <summary>a_next = o c, without the tanh of c.</summary>
    NoTanhOfMemory,

    /// <summary>The candidate cct through a sigmoid.</summary>
    CandidateBySigmoid,

    /// <summary>The gates' weights (forward), or their gradients (backward), in another order.</summary>
    GatesInAnotherOrder,

    /// <summary>a_prev and da_prev exchanged: da_prev in dWaa, or in the LSTM's [a_prev; x].</summary>
    DaPrevForAPrev,

    /// <summary>a_prev and da_prev exchanged: a_prev is returned as da_prev (or as da0).</summary>
    APrevForDaPrev,

    /// <summary>The tanh slope 1 − a² missing in the RNN.</summary>
    NoTanhSlope,

    /// <summary>1 − a, without the square.</summary>
    SlopeWithoutSquare,

    /// <summary>1 − tanh(a)²: tanh of what already is a tanh.</summary>
    SlopeOfTanhTwice,

    /// <summary>1 − a_prev².</summary>
    SlopeAtPreviousState,

    /// <summary>W, where its transpose carries the gradient back to a_prev.</summary>
    NotTransposed,

    /// <summary>The biases' gradients not summed over the sequences.</summary>
    BiasNotSummed,

    /// <summary>The biases' gradients averaged over the sequences.</summary>
    BiasAveraged,

    /// <summary>All weights' gradients averaged over the sequences.</summary>
    WeightsAveraged,

    /// <summary>The slope 1 − tanh²(c_next) missing on the way from a to c.</summary>
    NoMemorySlope,

    /// <summary>1 − c_next², without the tanh.</summary>
    MemorySlopeWithoutTanh,

    /// <summary>The candidate's slope 1 − cct² missing.</summary>
    NoCandidateSlope,

    /// <summary>The gates' slopes f(1 − f), i(1 − i), o(1 − o) missing.</summary>
    NoGateSlopes,

    /// <summary>c_next, where dft needs c_prev.</summary>
    NextMemoryForPrevious,

    /// <summary>da_next does not reach c: only dc_next does.</summary>
    NoWayFromStateToMemory,

    /// <summary>dc_next is not used.</summary>
    DcNextLeftOut,

    /// <summary>dc_prev = dc_next f, without what comes through a.</summary>
    DcPrevWithoutState,

    /// <summary>The carry da_prevt left out; of the LSTM dc_prevt is carried.</summary>
    CarryLeftOut,

    /// <summary>The carry dc_prevt left out; da_prevt is carried.</summary>
    MemoryCarryLeftOut,

    /// <summary>Neither da_prevt nor dc_prevt is carried: what older notebooks of the exercise printed.</summary>
    NothingCarried,

    /// <summary>Each step's dW overwrites the one before, where they add.</summary>
    Overwritten,

    /// <summary>The loop back runs from the first step to the last.</summary>
    LoopRunsForwards,
}
