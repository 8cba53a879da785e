namespace Farback.Formats;

/// <summary>What somebody decides where a Keras file does not say; what it says stands.</summary>
/// <remarks>A file of weights alone holds arrays in an order, and nothing about the functions between them.</remarks>
public sealed record KerasOptions
{
    /// <summary>The cells' activation, by Keras' name (--activation): tanh where nothing is said, and relu is possible in a SimpleRNN.</summary>
    public string? Activation { get; init; }

    /// <summary>The gates' activation, by Keras' name (--recurrent-activation): sigmoid in Keras 2.3 and later, hard_sigmoid before.</summary>
    public string? RecurrentActivation { get; init; }

    /// <summary>Whether a GRU without biases resets after the product (--reset-after true), as from Keras 2.3 on, or before it.</summary>
    public bool? ResetAfter { get; init; }
}
