using Farback.Diagnosis;

namespace Farback.Tests.Diagnosis.Memory;

/// <summary>A number against its threshold: yes, no, or cannot be told.</summary>
public sealed class MemoryTestTests
{
    [Theory]
    [InlineData(0.5, 0.9, true)] // at the threshold is above it
    [InlineData(0.1, 0.49, false)]
    [InlineData(0.1, 0.5, null)] // the interval's end is not yet above
    [InlineData(0.4, 0.6, null)]
    [InlineData(double.NaN, double.NaN, null)]
    public void Below_is_the_opposite_of_above_and_neither_decides_what_straddles(double low, double high, bool? above)
    {
        var value = new Estimate((low + high) / 2, low, high, 10);
        Assert.Equal(above, MemoryTest.Above("it", value, 0.5, "half").Holds);
        Assert.Equal(!above, MemoryTest.Below("it", value, 0.5, "half").Holds);
    }
}
