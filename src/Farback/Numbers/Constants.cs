namespace Farback.Numbers;

/// <summary>Numbers that are known at run time only, as a type: so an activation over them is still a type argument, and no cell carries data.</summary>
public interface IConstants
{
    /// <summary>α.</summary>
    static abstract double Alpha { get; }

    /// <summary>β.</summary>
    static abstract double Beta { get; }

    /// <summary>The bound of |z|.</summary>
    static abstract double Bound { get; }
}

/// <summary>Somebody who works with numbers that have become a type.</summary>
internal interface IConstantsUser<TResult>
{
    /// <summary>Called once.</summary>
    TResult Use<TConstants>()
        where TConstants : struct, IConstants;
}

/// <summary>Makes types of numbers: the 64 bits of a double are a tree of pairs of <see cref="Zero"/> and <see cref="One"/>.</summary>
/// <remarks>Every choice of numbers makes the JIT compile the cell anew, once.</remarks>
internal static class Constants
{
    public static TResult Open<TResult>(double alpha, double beta, double bound, IConstantsUser<TResult> user) =>
        ((Door)Activator.CreateInstance(typeof(Door<,,>).MakeGenericType(Of(alpha), Of(beta), Of(bound)))!).Open(user);

    private static Type Of(double number) => Of(BitConverter.DoubleToUInt64Bits(number), 64);

    private static Type Of(ulong bits, int count)
    {
        if (count == 1)
            return bits == 0 ? typeof(Zero) : typeof(One);
        int half = count / 2;
        return typeof(Pair<,>).MakeGenericType(Of(bits >> half, half), Of(bits & ((1UL << half) - 1), half));
    }

    private interface IBits
    {
        static abstract int Count { get; }
        static abstract ulong Value { get; }
    }

    private readonly struct Zero : IBits
    {
        public static int Count => 1;
        public static ulong Value => 0;
    }

    private readonly struct One : IBits
    {
        public static int Count => 1;
        public static ulong Value => 1;
    }

    private readonly struct Pair<THigh, TLow> : IBits
        where THigh : struct, IBits
        where TLow : struct, IBits
    {
        public static int Count => THigh.Count + TLow.Count;
        public static ulong Value => THigh.Value << TLow.Count | TLow.Value;
    }

    private readonly struct Numbers<TAlpha, TBeta, TBound> : IConstants
        where TAlpha : struct, IBits
        where TBeta : struct, IBits
        where TBound : struct, IBits
    {
        private static readonly double A = BitConverter.UInt64BitsToDouble(TAlpha.Value),
            B = BitConverter.UInt64BitsToDouble(TBeta.Value),
            C = BitConverter.UInt64BitsToDouble(TBound.Value);

        public static double Alpha => A;
        public static double Beta => B;
        public static double Bound => C;
    }

    private abstract class Door
    {
        public abstract TResult Open<TResult>(IConstantsUser<TResult> user);
    }

    private sealed class Door<TAlpha, TBeta, TBound> : Door
        where TAlpha : struct, IBits
        where TBeta : struct, IBits
        where TBound : struct, IBits
    {
        public override TResult Open<TResult>(IConstantsUser<TResult> user) => user.Use<Numbers<TAlpha, TBeta, TBound>>();
    }
}
