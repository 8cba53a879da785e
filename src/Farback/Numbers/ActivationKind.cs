namespace Farback.Numbers;

/// <summary>The activations by name, for whoever looks at a run afterwards; a step takes them as type arguments.</summary>
public enum ActivationKind
{
    /// <summary>σ(z) = 1/(1 + e^(−z)).</summary>
    Sigmoid,

    /// <summary>tanh z.</summary>
    Tanh,

    /// <summary>max(z, 0).</summary>
    Relu,

    /// <summary>z.</summary>
    Identity,
}

/// <summary>An activation on one number.</summary>
public static class ActivationKinds
{
    /// <summary>φ(z) and φ'(z), both from z, as <see cref="IActivation{V}"/> computes them.</summary>
    public static (double Value, double Slope) Of(this ActivationKind kind, double z) =>
        kind switch
        {
            ActivationKind.Sigmoid => Of<Sigmoid<Scalar<double>>>(z),
            ActivationKind.Tanh => Of<Tanh<Scalar<double>>>(z),
            ActivationKind.Relu => Of<Relu<Scalar<double>>>(z),
            _ => Of<Identity<Scalar<double>>>(z),
        };

    /// <summary>γ = max φ'.</summary>
    public static double LargestSlope(this ActivationKind kind) => kind == ActivationKind.Sigmoid ? 0.25 : 1;

    private static (double Value, double Slope) Of<TActivation>(double z)
        where TActivation : struct, IActivation<Scalar<double>>
    {
        Scalar<double> value = TActivation.Of(z, out Scalar<double> slope);
        return (Scalar<double>.Total(value), Scalar<double>.Total(slope));
    }
}
