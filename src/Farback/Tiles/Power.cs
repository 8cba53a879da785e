namespace Farback.Tiles;

/// <summary>2ⁿ.</summary>
internal static class Power
{
    /// <summary>2ⁿ as a double; 0 below the smallest, ∞ above the largest. ScaleB in the range of normal numbers, without its cost.</summary>
    [MethodImpl(Inline)]
    public static double Of(int n) => (uint)(n + 1022) < 2046 ? BitConverter.Int64BitsToDouble((n + 1023L) << 52) : Math.ScaleB(1, n);
}
