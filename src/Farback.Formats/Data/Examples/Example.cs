namespace Farback.Formats;

/// <summary>A sequence with one answer.</summary>
internal sealed class Example
{
    /// <summary>Word numbers by time; empty where inputs are vectors.</summary>
    public int[] Ids { get; init; } = [];

    /// <summary>Vectors [time][input]; empty where inputs are words.</summary>
    public double[] Values { get; init; } = [];

    /// <summary>The right class.</summary>
    public required int Class { get; init; }

    /// <summary>The time at which it is asked for.</summary>
    public required int At { get; init; }

    /// <summary>The pair it belongs to, where examples come in pairs.</summary>
    public int Pair { get; init; }

    /// <summary>What its score is also counted under.</summary>
    public IReadOnlyList<(string By, string Key)> Parts { get; init; } = [];
}
