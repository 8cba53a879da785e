namespace Farback.Formats;

/// <summary>Unigram to 5-gram probabilities by counting: what a network has to beat.</summary>
/// <remarks>
///   Interpolated with Witten–Bell weights, which have no parameter to choose: P(w|h) = (c(hw) + n(h) P(w|h⁻)) / (c(h) + n(h)), where n(h)
///   is the number of different words met after h, h⁻ is h without its oldest word, and below the unigram every word is equally likely.
///   Source: Witten and Bell 1991; Chen and Goodman 1999, eq. 15. Contexts are nodes of a trie: node(h w) is the child w of node(h).
/// </remarks>
internal sealed class BackoffModel(int words)
{
    /// <summary>The longest n-gram.</summary>
    public const int Order = 5;

    private readonly Dictionary<ulong, int> _children = [];
    private readonly List<Node> _nodes = [new Node()];

    private sealed class Node
    {
        public int Uses; // c(h w) of the n-gram that the node is
        public int Following; // c(h)
        public int Kinds; // n(h)
    }

    /// <summary>The nodes of the last 0 … <see cref="Order"/> − 1 words; −1 where they were never met together.</summary>
    public sealed class History
    {
        internal int[] Nodes { get; } = [0, -1, -1, -1, -1];
    }

    /// <summary>Counts a word after its history, which moves on.</summary>
    public void Count(History history, int word)
    {
        Span<int> next = stackalloc int[Order];
        next.Fill(-1);
        for (int length = 0; length < Order; length++)
        {
            int context = history.Nodes[length];
            if (context < 0)
                continue;
            ref int child = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(
                _children,
                Key(context, word),
                out bool met
            );
            if (!met)
            {
                child = _nodes.Count;
                _nodes.Add(new Node());
                _nodes[context].Kinds++;
            }
            _nodes[context].Following++;
            _nodes[child].Uses++;
            if (length + 1 < Order)
                next[length + 1] = child;
        }
        next[0] = 0;
        next.CopyTo(history.Nodes);
    }

    /// <summary>Moves a history on without counting.</summary>
    public void Move(History history, int word)
    {
        for (int length = Order - 1; length > 0; length--)
        {
            int context = history.Nodes[length - 1];
            history.Nodes[length] = context >= 0 && _children.TryGetValue(Key(context, word), out int child) ? child : -1;
        }
    }

    /// <summary>−log₂ P of a word after its history by n-grams of length 1 … <see cref="Order"/>.</summary>
    public void Bits(History history, int word, Span<double> bits)
    {
        double probability = 1.0 / words;
        for (int length = 0; length < Order; length++)
        {
            int context = history.Nodes[length];
            if (context >= 0 && _nodes[context] is { Following: > 0 } node)
            {
                int uses = _children.TryGetValue(Key(context, word), out int child) ? _nodes[child].Uses : 0;
                probability = (uses + node.Kinds * probability) / (node.Following + node.Kinds);
            }
            bits[length] = -Math.Log2(probability);
        }
    }

    private static ulong Key(int context, int word) => ((ulong)(uint)context << 32) | (uint)word;
}
