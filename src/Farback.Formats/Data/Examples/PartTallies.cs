using Farback.Sequences;

namespace Farback.Formats;

/// <summary>Right answers by part (distance, class, paradigm), each beside a baseline.</summary>
internal sealed class PartTallies
{
    private readonly Dictionary<(string By, string Key), (double Right, double Baseline, long Count)> _parts = [];

    /// <summary>One answer: 1 where it is right, 0 where it is wrong; a tie of the baseline is a half.</summary>
    public void Add(IReadOnlyList<(string By, string Key)> parts, double right, double baseline)
    {
        foreach ((string By, string Key) part in parts)
        {
            (double sum, double simple, long count) = _parts.GetValueOrDefault(part);
            _parts[part] = (sum + right, simple + baseline, count + 1);
        }
    }

    /// <summary>The parts, numbers in order of size.</summary>
    public IReadOnlyList<ScorePart> List =>
        [
            .. _parts
                .OrderBy(part => part.Key.By, StringComparer.Ordinal)
                .ThenBy(part => Leading(part.Key.Key))
                .ThenBy(part => part.Key.Key, StringComparer.Ordinal)
                .Select(part => new ScorePart(
                    part.Key.By,
                    part.Key.Key,
                    part.Value.Right / part.Value.Count,
                    part.Value.Count,
                    part.Value.Baseline / part.Value.Count
                )),
        ];

    // « 10–14 » after « 9 »
    private static int Leading(string key)
    {
        int digits = key.TakeWhile(char.IsAsciiDigit).Count();
        return digits is > 0 and < 10 ? int.Parse(key[..digits], System.Globalization.CultureInfo.InvariantCulture) : -1;
    }
}
