using Farback.Cells;

namespace Farback.Formats;

/// <summary>What decides where a file does not say; everything has a default, and a finding names the option where one was guessed.</summary>
public sealed record OpenOptions
{
    /// <summary>--module: which recurrent module of several, by the prefix of its tensors' names: encoder.lstm.</summary>
    public string? Module { get; init; }

    /// <summary>--activation: the activation of an RNN, tanh where it is left out; of an LSTM or GRU it is the candidate's (and the output's).</summary>
    public Activation? Activation { get; init; }

    /// <summary>--gates: the order of the gates' blocks in the file: ifgo (PyTorch's) or iofg, ifog, igfo, …; rzn or zrn. c is g, u is z, h is n.</summary>
    public string? Gates { get; init; }

    /// <summary>--reset: whether a GRU resets before the product (Keras 1, TensorFlow 1, CNTK) instead of after it (PyTorch).</summary>
    public bool ResetBefore { get; init; }

    /// <summary>--embedding-name: the name of the embedding's table, or "none".</summary>
    public string? Embedding { get; init; }

    /// <summary>--head: the name of the read-out's matrix, or "none".</summary>
    public string? Head { get; init; }
}
