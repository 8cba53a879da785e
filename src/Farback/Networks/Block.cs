using Farback.Cells;

namespace Farback.Networks;

/// <summary>What a block of parameters does.</summary>
public enum BlockKind
{
    /// <summary>A vector a word.</summary>
    Embedding,

    /// <summary>W_x.</summary>
    InputWeights,

    /// <summary>W_h.</summary>
    RecurrentWeights,

    /// <summary>The bias beside W_x.</summary>
    InputBias,

    /// <summary>The bias beside W_h.</summary>
    RecurrentBias,

    /// <summary>What each unit has to itself: peepholes, an eigenvalue.</summary>
    Unit,

    /// <summary>The state before the first step.</summary>
    InitialState,

    /// <summary>W_y.</summary>
    ReadOutWeights,

    /// <summary>b_y.</summary>
    ReadOutBias,
}

/// <summary>One block of parameters: a matrix, or a vector with one column.</summary>
/// <param name="Name">PyTorch's name: weight_ih_l0, bias_hh_l1_reverse, head.weight.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Layer">Its layer; −1 for the embedding, the number of layers for the read-out.</param>
/// <param name="Direction">0 forwards, 1 backwards.</param>
/// <param name="Offset">Where it begins among all parameters.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Columns">Columns.</param>
public sealed record Block(string Name, BlockKind Kind, int Layer, int Direction, int Offset, int Rows, int Columns)
{
    /// <summary>How many numbers it holds.</summary>
    public int Count => Rows * Columns;
}

/// <summary>Lays a network's parameters out, and checks at the door that it can be one.</summary>
internal static class Layout
{
    public static IReadOnlyList<Block> Of(Network network)
    {
        Check(network);
        List<Block> blocks = [];
        int offset = 0;
        void Add(string name, BlockKind kind, int layer, int direction, int rows, int columns)
        {
            if ((long)offset + (long)rows * columns > int.MaxValue)
                throw new ArgumentException($"network: more than {int.MaxValue:N0} parameters; make it smaller.");
            blocks.Add(new(name, kind, layer, direction, offset, rows, columns));
            offset += rows * columns;
        }

        Cell cell = network.Cell;
        int hidden = network.Hidden,
            gates = cell.Gates.Count * hidden;
        if (network.Words > 0)
            Add("embedding.weight", BlockKind.Embedding, -1, 0, network.Words, network.Embedding);
        for (int layer = 0; layer < network.Layers; layer++)
        {
            for (int direction = 0; direction < network.Directions; direction++)
            {
                string suffix = $"l{layer}{(direction == 1 ? "_reverse" : "")}";
                Add($"weight_ih_{suffix}", BlockKind.InputWeights, layer, direction, gates, network.InputsOf(layer));
                if (cell.IsRecurrent)
                    Add($"weight_hh_{suffix}", BlockKind.RecurrentWeights, layer, direction, gates, hidden);
                if (network.Biases != Biases.None)
                    Add($"bias_ih_{suffix}", BlockKind.InputBias, layer, direction, gates, 1);
                if (network.Biases == Biases.Two && cell.IsRecurrent)
                    Add($"bias_hh_{suffix}", BlockKind.RecurrentBias, layer, direction, gates, 1);
                if (cell.UnitParameters.Count > 0)
                    Add($"unit_{suffix}", BlockKind.Unit, layer, direction, cell.UnitParameters.Count, hidden);
                if (network.InitialStates == InitialStates.Learned)
                    Add($"initial_{suffix}", BlockKind.InitialState, layer, direction, cell.State.Count, hidden);
            }
        }
        if (network.Outputs > 0)
        {
            Add("head.weight", BlockKind.ReadOutWeights, network.Layers, 0, network.Outputs, network.LayerOutputs);
            Add("head.bias", BlockKind.ReadOutBias, network.Layers, 0, network.Outputs, 1);
        }
        return blocks;
    }

    private static void Check(Network network)
    {
        if (network.Words > 0 == network.Inputs > 0)
            throw new ArgumentException(
                $"network: expected either words ({nameof(Network.Words)}, {nameof(Network.Embedding)}) or input vectors ({nameof(Network.Inputs)}), got {network.Words} words and vectors of {network.Inputs}."
            );
        if (network.Words > 0 && network.Embedding <= 0)
            throw new ArgumentException($"network: words need an embedding of at least 1 number, got {network.Embedding}.");
        if (network.Words < 0 || network.Inputs < 0 || network.Hidden <= 0 || network.Layers <= 0 || network.Outputs < 0)
            throw new ArgumentException(
                $"network: sizes must be positive, got {network.Inputs} inputs, {network.Words} words, {network.Hidden} units, {network.Layers} layers, {network.Outputs} outputs."
            );
        if (network.Dropout is not (>= 0 and < 1))
            throw new ArgumentException($"network: dropout is a probability below 1, got {network.Dropout}.");
    }
}
