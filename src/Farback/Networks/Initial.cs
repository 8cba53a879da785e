using System.Globalization;

namespace Farback.Networks;

/// <summary>What the parameters of a network start from: PyTorch's default, with another recurrent matrix or other gate biases if wanted.</summary>
/// <remarks>
///   Weights and biases of a layer, peepholes and other parameters a unit has to itself: U(±1/√H). Read-out, weights and bias:
///   U(±1/√inputs). Embedding: N(0, 1). A learned initial state: 0. Those are the defaults of torch.nn.RNN, LSTM, GRU, Linear, Embedding.
///   Every block has a random stream of its own, so two choices under one seed share all blocks but those that they are about: runs can
///   be compared in pairs. The numbers are drawn in double; <see cref="Parameters{T}.To{TOther}"/> rounds them.
/// </remarks>
public sealed record Initial
{
    // far from the purposes of the tasks' own streams
    private const int Purpose = 1000;

    /// <summary>PyTorch's.</summary>
    public static Initial Default { get; } = new();

    /// <summary>How every W_h starts.</summary>
    public RecurrentMatrix Recurrent { get; init; } = new UniformRecurrent();

    /// <summary>Where the biases of some gates start; null for the default.</summary>
    public GateBias? Bias { get; init; }

    /// <summary>
    ///   Reads <c>default</c>, <c>orthogonal</c>, <c>identity</c>, <c>orthogonal=0.9</c>, <c>identity=0.5</c>, <c>gaussian=0.95</c>,
    ///   <c>forget=1</c>, <c>chrono=40</c>, or a matrix and a bias joined: <c>orthogonal+forget=1</c>; what <see cref="ToString"/> writes.
    /// </summary>
    /// <exception cref="ArgumentException">It is none of these, or a number is out of range.</exception>
    public static Initial Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        RecurrentMatrix? matrix = null;
        GateBias? bias = null;
        foreach (string part in text.Split('+'))
        {
            string[] words = part.Trim().Split('=');
            double? number =
                words.Length == 1 ? null
                : words.Length == 2 && double.TryParse(words[1], CultureInfo.InvariantCulture, out double read) ? read
                : throw Unknown(text);
            object meant = (words[0], number) switch
            {
                ("default", null) => new UniformRecurrent(),
                ("orthogonal", _) => new OrthogonalRecurrent(number ?? 1),
                ("identity", _) => new IdentityRecurrent(number ?? 1),
                ("gaussian", { } radius) => new GaussianRecurrent(radius),
                ("forget", { } value) => new ForgetBias(value),
                ("chrono", { } lag) => new ChronoBias(lag),
                _ => throw Unknown(text),
            };
            if (meant is RecurrentMatrix m && matrix is null)
                matrix = m;
            else if (meant is GateBias b && bias is null)
                bias = b;
            else
                throw Unknown(text);
        }
        return new() { Recurrent = matrix ?? new UniformRecurrent(), Bias = bias };
    }

    /// <summary>The parameters of a network; the same seed gives the same on every machine but for the last bit of a logarithm.</summary>
    /// <exception cref="ArgumentException">The choice does not apply to the network's cell.</exception>
    public Parameters<double> Draw(Network network, long seed)
    {
        ArgumentNullException.ThrowIfNull(network);
        Check(network);
        var parameters = new Parameters<double>(network);
        for (int index = 0; index < network.Blocks.Count; index++)
        {
            Block block = network.Blocks[index];
            DrawBlock(network, block, new RandomStream(seed, Purpose + index), parameters[block]);
        }
        if (Bias is not null)
            foreach (Block block in network.Blocks)
                if (block.Kind == BlockKind.InputBias)
                    SetGates(network, block, new RandomStream(seed, Purpose - 1 - block.Layer * 2 - block.Direction), parameters);
        return parameters;
    }

    /// <summary>The name that <see cref="Parse"/> reads.</summary>
    public override string ToString() =>
        Bias is null ? Recurrent.ToString()!
        : Recurrent is UniformRecurrent ? Bias.ToString()!
        : $"{Recurrent}+{Bias}";

    private static ArgumentException Unknown(string text) =>
        new(
            $"initial: expected default, orthogonal, identity, gaussian=RADIUS, forget=BIAS or chrono=LAG"
                + $" (a matrix and a bias joined by +, as in orthogonal+forget=1), got '{text}'."
        );

    private void Check(Network network)
    {
        if (!network.Cell.IsRecurrent && Recurrent is not UniformRecurrent)
            throw new ArgumentException($"initial: '{Recurrent}' is about the recurrent matrix, which {network.Cell.Title} lacks.");
        if (network.Cell.Gates.Count > 1 && !Recurrent.SuitsGates)
            throw new ArgumentException(
                $"initial: '{Recurrent}' is for cells without gates, such as Elman (relu); {network.Cell.Title} has {network.Cell.Gates.Count}. Use 'orthogonal' or 'forget=1' there."
            );
        Bias?.Check(network);
    }

    private void DrawBlock(Network network, Block block, RandomStream random, Span<double> numbers)
    {
        int hidden = network.Hidden;
        switch (block.Kind)
        {
            case BlockKind.Embedding:
                foreach (ref double number in numbers)
                    number = random.NextNormal();
                break;
            case BlockKind.InitialState:
                break;
            case BlockKind.ReadOutWeights or BlockKind.ReadOutBias:
                Uniform(random, numbers, 1 / Math.Sqrt(network.LayerOutputs));
                break;
            case BlockKind.RecurrentWeights:
                for (int gate = 0; gate < network.Cell.Gates.Count; gate++)
                    Recurrent.Draw(random, numbers.Slice(gate * hidden * hidden, hidden * hidden), hidden);
                break;
            case BlockKind.InputBias or BlockKind.RecurrentBias when Recurrent.ZeroBiases:
                break;
            default:
                Uniform(random, numbers, 1 / Math.Sqrt(hidden));
                break;
        }
    }

    private static void Uniform(RandomStream random, Span<double> numbers, double bound)
    {
        foreach (ref double number in numbers)
            number = random.NextUniform(-bound, bound);
    }

    private void SetGates(Network network, Block input, RandomStream random, Parameters<double> parameters)
    {
        int hidden = network.Hidden;
        double[][] drawn = [.. Bias!.Gates.Select(_ => new double[hidden])];
        Bias.Draw(random, drawn);
        Block? state = network.Blocks.FirstOrDefault(block =>
            block.Kind == BlockKind.RecurrentBias && (block.Layer, block.Direction) == (input.Layer, input.Direction)
        );
        for (int i = 0; i < drawn.Length; i++)
        {
            int row = GateBias.IndexOf(network.Cell, Bias.Gates[i]) * hidden;
            drawn[i].CopyTo(parameters[input].Slice(row, hidden));
            if (state is not null)
                parameters[state].Slice(row, hidden).Clear();
        }
    }
}
