namespace Farback.Diagnosis;

/// <summary>Which factor of an entry's norm it is.</summary>
public enum ChainPart
{
    /// <summary>‖w ∂L_t/∂y_t‖: how wrong the answer is, with the loss's weight w; small when the prediction is confident.</summary>
    Error,

    /// <summary>‖λ[t,t]‖/‖w ∂L_t/∂y_t‖: through the read-out to the layer's state at the same step.</summary>
    ReadOut,

    /// <summary>‖λ[t,k−1]‖/‖λ[t,k]‖: one step back in time. These are what vanishes or explodes with the lag.</summary>
    Transport,

    /// <summary>‖δ‖/‖λ[t,k]‖: through the unit's slopes to the sums that the weights feed.</summary>
    Local,

    /// <summary>‖u‖: what the weight was multiplied by; exactly 0 at a zero initial state.</summary>
    Operand,
}

/// <summary>One factor of an entry's norm, with the product so far.</summary>
/// <param name="Part">Which it is.</param>
/// <param name="From">The step that it comes from, counted from 0.</param>
/// <param name="To">The step that it leads to; <paramref name="From"/> for all but a transport.</param>
/// <param name="Log10">log₁₀ of the factor; −∞ where it is exactly 0.</param>
/// <param name="Log10SoFar">log₁₀ of the product of this factor and all before it.</param>
/// <param name="Log10Slope">log₁₀ ‖λφ′‖/‖λ‖, the slopes' part of a step; null where a step is no such product.</param>
/// <param name="Log10Weight">log₁₀ ‖δW_h‖/‖δ‖, the weights' part of a step; null where a step is no such product.</param>
/// <param name="Log10StateParts">log₁₀ of the norm that each part of the state holds after the factor: h, or h and c; null where it is not on the state.</param>
/// <param name="Log10Jacobian">log₁₀ σ_max(J) of the step's Jacobian: the most it could have been; null where it was not asked for or is too costly.</param>
public sealed record ChainFactor(
    ChainPart Part,
    int From,
    int To,
    double Log10,
    double Log10SoFar,
    double? Log10Slope = null,
    double? Log10Weight = null,
    IReadOnlyList<double>? Log10StateParts = null,
    double? Log10Jacobian = null
)
{
    /// <summary>The factor itself; 0 where a double cannot hold it.</summary>
    public double Value => Math.Pow(10, Log10);
}
