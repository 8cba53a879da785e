using Farback.Numbers;

namespace Farback.Tests.Numbers;

/// <summary>Which registers run, and what is said when they cannot.</summary>
public sealed class WidthTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Without_a_wish_the_widest_is_chosen(string? named) => Assert.Equal(Widths.Supported.Max(), Widths.Choose(named));

    [Fact]
    public void Every_width_that_the_machine_has_can_be_asked_for_by_its_name()
    {
        Assert.Contains(Width.Scalar, Widths.Supported);
        foreach (Width width in Widths.Supported)
            Assert.Equal(width, Widths.Choose(Widths.Name(width)));
    }

    [Theory]
    [InlineData("avx2")]
    [InlineData("64")]
    [InlineData("Scalar")]
    public void A_name_that_is_no_width_is_refused_with_the_names_that_are(string named)
    {
        var error = Assert.Throws<PlatformNotSupportedException>(() => Widths.Choose(named));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.Contains("scalar, 128, 256 or 512", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_width_that_the_machine_lacks_is_refused_with_those_it_has()
    {
        Width[] lacking = [.. Enum.GetValues<Width>().Except(Widths.Supported)];
        Assert.SkipWhen(lacking.Length == 0, "this processor has registers of every width");
        foreach (Width width in lacking)
        {
            var error = Assert.Throws<PlatformNotSupportedException>(() => Widths.Choose(Widths.Name(width)));
            Assert.Contains($"It has: {Widths.Name(Width.Scalar)}", error.Message, StringComparison.Ordinal);
        }
    }
}
