using Farback.Ui.Charts;

namespace Farback.Ui.Tests;

public sealed class LogFrameTests
{
    private static readonly LogFrame Frame = new(10, 0, -4);

    [Fact]
    public void A_line_that_goes_below_the_floor_is_cut_there_and_marked()
    {
        var line = Frame.Cut(Enumerable.Range(0, 11).Select(lag => ((double)lag, -1.0 * lag)));
        var cut = Assert.Single(line.Cuts);
        Assert.Equal(Frame.X(4), cut.X, 6);
        Assert.EndsWith($"{Svg.At(Frame.X(4))} {Svg.At(Frame.Y(-4))}", line.Path.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_cut_between_two_lags_ends_where_it_crosses_the_floor()
    {
        var line = Frame.Cut([(0, 0), (1, -8)]);
        Assert.Equal(Frame.X(0.5), Assert.Single(line.Cuts).X, 6);
    }

    [Fact]
    public void A_line_inside_the_frame_is_one_stroke_without_marks()
    {
        var line = Frame.Cut([(0, 0), (5, -1), (10, -3.9)]);
        Assert.Empty(line.Cuts);
        Assert.Equal(1, line.Path.Count(letter => letter == 'M'));
    }

    [Fact]
    public void A_ratio_of_zero_leaves_the_frame_and_nothing_is_drawn_for_no_number()
    {
        var line = Frame.Cut([(0, 0), (1, double.NegativeInfinity), (2, double.NaN), (3, -1)]);
        Assert.Single(line.Cuts);
        Assert.DoesNotContain("NaN", line.Path, StringComparison.Ordinal);
        Assert.DoesNotContain("∞", line.Path, StringComparison.Ordinal);
    }
}
