using Farback.Sequences;

namespace Farback.Diagnosis;

/// <summary>Pairs of sequences that are asked at the same step and whose right answers differ: cat and cats, X and Y.</summary>
public sealed class ContrastPairs
{
    private ContrastPairs(AskedPlaces one, AskedPlaces other, bool minimal) => (One, Other, Minimal) = (one, other, minimal);

    /// <summary>One sequence of each pair.</summary>
    public AskedPlaces One { get; }

    /// <summary>The other, in the same lanes.</summary>
    public AskedPlaces Other { get; }

    /// <summary>True where the two differ in one input only, the cue.</summary>
    public bool Minimal { get; }

    /// <summary>How many pairs.</summary>
    public int Count => One.Lanes;

    /// <summary>Each sentence beside itself with the other number of its subject, asked at the verb.</summary>
    public static ContrastPairs Of(IReadOnlyList<AgreementSentence> sentences)
    {
        ArgumentNullException.ThrowIfNull(sentences);
        return new(AskedPlaces.Verbs(sentences), AskedPlaces.Verbs([.. sentences.Select(AgreementTask.Pair)]), minimal: true);
    }

    /// <summary>Each sequence beside the next one that is asked at the same step and has another answer; null where the answers are numbers or no two go together.</summary>
    /// <remarks>The inputs after the exchanged step stay those of the first: it suits tasks whose answer was decided before.</remarks>
    public static ContrastPairs? Of(AskedPlaces asked)
    {
        ArgumentNullException.ThrowIfNull(asked);
        if (!asked.IsClass)
            return null;
        List<(int One, int Other)> pairs = [];
        for (int lane = 0; lane < asked.Lanes; lane++)
        {
            for (int step = 1; step < asked.Lanes; step++)
            {
                int other = (lane + step) % asked.Lanes;
                if (asked.Times[other] != asked.Times[lane] || asked.Class(other) == asked.Class(lane))
                    continue;
                pairs.Add((lane, other));
                break;
            }
        }
        return pairs.Count == 0
            ? null
            : new(asked.Only([.. pairs.Select(pair => pair.One)]), asked.Only([.. pairs.Select(pair => pair.Other)]), minimal: false);
    }
}
