using Farback.Reports;

namespace Farback.Ui.Tests;

public sealed class NumberTextTests
{
    [Theory]
    [InlineData(-61.4, "4.0·10⁻⁶²")]
    [InlineData(-3.0001, "1.0·10⁻³")]
    [InlineData(-3, "0.001")]
    [InlineData(-1.9100948885606022, "0.0123")]
    [InlineData(0, "1")]
    [InlineData(3.99999, "10000")]
    [InlineData(4.000001, "1.0·10⁴")]
    [InlineData(double.NegativeInfinity, "0")]
    [InlineData(double.PositiveInfinity, "infinite")]
    [InlineData(double.NaN, "not a number")]
    public void A_size_reads_from_its_logarithm(double log10, string expected) => Assert.Equal(expected, NumberText.Size(log10));

    [Theory]
    [InlineData(1, "100 %")]
    [InlineData(0.99996, "99.9 %")]
    [InlineData(0.00001, "0.1 %")]
    [InlineData(0, "0 %")]
    [InlineData(0.5425, "54.3 %")]
    public void Nearly_always_is_not_rounded_to_always(double fraction, string expected) =>
        Assert.Equal(expected, NumberText.Percent(fraction));

    [Theory]
    [InlineData(-0.0421, "−0.0421")]
    [InlineData(-4.2e-9, "−4.2·10⁻⁹")]
    [InlineData(0, "0")]
    public void A_signed_number_has_a_true_minus(double value, string expected) => Assert.Equal(expected, NumberText.Signed(value));

    [Theory]
    [InlineData("{row} {value} {lag}", "{value} 0.1 1 word")]
    public void A_label_that_looks_like_a_placeholder_stays_itself(string sentence, string expected)
    {
        var quantity = new MapQuantity
        {
            Name = "q",
            Meaning = "m",
            Sentence = sentence,
            Scale = MapScale.Log,
            Range = new ScaleRange(-6, 0),
            Values = [null, null, -1, null],
            Classes = [Gradients.CellClass.Value, Gradients.CellClass.NoPath, Gradients.CellClass.Value, Gradients.CellClass.Value],
        };
        var view = new MapView(["a", "{value}"], ["b", "c"], [quantity]);
        Assert.Equal(expected, MapSentence.Of(view, quantity, 1, 0));
    }

    [Theory]
    [InlineData(0.5319, "0.53")]
    [InlineData(0.0996, "0.1")]
    [InlineData(25.04, "25")]
    [InlineData(99.7, "100")]
    [InlineData(1234.5, "1234")]
    [InlineData(4.2e-7, "4.2·10⁻⁷")]
    public void A_short_number_has_two_digits(double value, string expected) => Assert.Equal(expected, NumberText.Short(value));
}
