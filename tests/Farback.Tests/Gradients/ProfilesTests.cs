using Farback.Adjoints;
using Farback.Cells;
using Farback.Gradients;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;

namespace Farback.Tests.Gradients;

/// <summary>The lag profile where the answer is known on paper, and its definitions one by one.</summary>
public sealed class ProfilesTests
{
    private const double Tolerance = 1e-12; // some 60 products with an orthogonal matrix, through two logarithms

    // losses that pull with random force; places where the pull is 0 have a loss without a gradient
    private static GradientMap Map(
        Cell cell,
        string initial = "default",
        int times = 60,
        int lanes = 4,
        bool bothWays = false,
        int[]? lengths = null,
        Func<int, bool>? silent = null,
        Func<int, bool>? ignored = null,
        Truncation? truncation = null
    )
    {
        var network = new Network
        {
            Cell = cell,
            Inputs = 1,
            Hidden = 6,
            Outputs = 3,
            Bidirectional = bothWays,
        };
        var random = new RandomStream(71);
        double[] x = [.. Enumerable.Range(0, times * lanes).Select(_ => random.NextNormal())],
            force = [.. Enumerable.Range(0, times * lanes).Select(_ => random.NextUniform(1, 2))];
        int[] targets = [.. Enumerable.Range(0, times * lanes).Select(place => ignored?.Invoke(place) == true ? ClassTargets.Ignored : 0)];
        Batch batch = Batch.OfValues(x, times, lanes, 1, new ClassTargets(targets), lengths);
        Trace<double> trace = new Model<double>(network, Initial.Parse(initial).Draw(network, 7)).Forward(batch);
        LossField losses = LossField.Of(trace, new Pull(place => silent?.Invoke(place) == true ? 0 : force[place]), Reduction.Sum);
        return GradientMap.Of(trace, losses, new MapExtent { Truncation = truncation });
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.9)]
    [InlineData(1.1)]
    public void Rho_times_an_orthogonal_matrix_leaves_rho_to_the_lag(double ρ)
    {
        LagProfile profile = Profiles.Of(Map(AllCells.ElmanIdentity, $"orthogonal={ρ}"));
        Assert.Equal(Enumerable.Range(0, 30), profile.Points.Select(point => point.Lag));
        foreach (LagPoint point in profile.Points)
        foreach (double log10 in new[] { point.Log10Typical, point.Log10Mean, point.Log10Low, point.Log10High })
            Assert.Equal(point.Lag * Math.Log10(ρ), log10, Tolerance);
        Assert.Equal(-Math.Log(ρ), profile.Rate!.Value, Tolerance);
        if (ρ < 1)
            Assert.Equal(Math.Log(0.5) / Math.Log(ρ), profile.HalfLife!.Value, 1e-9);
        else
            Assert.Null(profile.HalfLife); // it grows: nothing halves
    }

    [Fact]
    public void A_horizon_is_the_last_lag_above_the_threshold_and_the_crossing_the_first_below()
    {
        LagProfile profile = Profiles.Of(Map(AllCells.ElmanIdentity, "orthogonal=0.8"), maximum: 25);
        // ln 0.1 / ln 0.8 = 10.3, ln 0.01 / ln 0.8 = 20.6; every sequence agrees
        Assert.Equal(new Horizon(0.1, 10, AtLeast: false, FirstCrossing: 11, 10, 10), profile.Tenth);
        Assert.Equal(new Horizon(0.01, 20, AtLeast: false, FirstCrossing: 21, 20, 20), profile.Hundredth);
    }

    [Fact]
    public void A_horizon_at_the_last_lag_that_was_measured_is_that_or_more()
    {
        LagProfile profile = Profiles.Of(Map(AllCells.ElmanIdentity, "orthogonal=0.8"), maximum: 10);
        Assert.Equal((10, true, null), (profile.Tenth.Lag, profile.Tenth.AtLeast, profile.Tenth.FirstCrossing));
        LagProfile growing = Profiles.Of(Map(AllCells.ElmanIdentity, "orthogonal=1.1"));
        Assert.Equal((29, true, null), (growing.Hundredth.Lag, growing.Hundredth.AtLeast, growing.Hundredth.FirstCrossing));
    }

    [Fact]
    public void A_truncation_window_is_at_least_and_not_a_horizon()
    {
        GradientMap map = Map(AllCells.ElmanIdentity, "orthogonal=0.99", truncation: new Truncation(5, 5));
        LagProfile profile = Profiles.Of(map, maximum: 20);
        Assert.Equal((4, true), (profile.Tenth.Lag, profile.Tenth.AtLeast));
    }

    [Fact]
    public void Where_nothing_at_all_arrives_the_horizon_has_ended_and_is_not_censored()
    {
        GradientMap map = Map(AllCells.ElmanIdentity, "orthogonal=1E-200", times: 20);
        // two steps of 1e-200 are 1e-400: kept by the rows' powers of two
        Assert.Equal(-400, Profiles.Of(map, maximum: 5).Points[2].Log10Typical, 1e-9);

        var network = map.Network;
        var parameters = new Parameters<double>(network);
        parameters["head.weight"].Fill(1);
        Trace<double> trace = new Model<double>(network, parameters).Forward(
            Batch.OfValues(new double[20 * 4], 20, 4, 1, new ClassTargets(new int[80]))
        );
        LagProfile none = Profiles.Of(GradientMap.Of(trace, LossField.Of(trace, new Pull(_ => 1), Reduction.Sum)), maximum: 5);
        Assert.Equal((0, false, 1), (none.Tenth.Lag, none.Tenth.AtLeast, none.Tenth.FirstCrossing));
    }

    [Theory]
    [InlineData(15, null)] // loss times 8 … 14: seven
    [InlineData(16, 8)] // loss times 8 … 15: eight
    public void Fewer_than_eight_contributions_make_no_horizon(int times, int? expected)
    {
        LagProfile profile = Profiles.Of(Map(AllCells.ElmanIdentity, "orthogonal=1", times, lanes: 1), maximum: 8);
        Assert.Equal(times - 8, profile.Cohort);
        Assert.Equal(expected, profile.Tenth.Lag);
        Assert.Null(profile.Tenth.Low); // one sequence has no spread over sequences
    }

    [Fact]
    public void Every_lag_is_averaged_over_the_same_cohort()
    {
        LagProfile profile = Profiles.Of(Map(AllCells.Gru, times: 30), maximum: 12);
        Assert.Equal((30 - 12) * 4, profile.Cohort);
        Assert.All(profile.Points, point => Assert.Equal(profile.Cohort, point.Count));
        Assert.Equal(0, profile.Dropped);
    }

    [Fact]
    public void A_loss_without_a_gradient_is_dropped_and_counted_and_a_place_without_a_loss_is_neither()
    {
        // places [time][4 lanes]: lane 1 has no gradient at even times, lane 2 no loss at all
        LagProfile profile = Profiles.Of(
            Map(AllCells.Elman, times: 20, silent: place => place % 4 == 1 && place / 4 % 2 == 0, ignored: place => place % 4 == 2),
            maximum: 10
        );
        Assert.Equal(5, profile.Dropped); // times 10, 12, … 18
        Assert.Equal(10 * 3 - 5, profile.Cohort);
    }

    [Fact]
    public void A_loss_that_is_no_number_is_dropped_and_counted()
    {
        var network = Map(AllCells.Elman, times: 20).Network;
        Trace<double> trace = new Model<double>(network, Initial.Default.Draw(network, 7)).Forward(
            Batch.OfValues(new double[20 * 2], 20, 2, 1, new ClassTargets(new int[40]))
        );
        LossField losses = LossField.Of(trace, new Pull(place => place == 31 ? double.NaN : 1), Reduction.Sum);
        LagProfile profile = Profiles.Of(GradientMap.Of(trace, losses), maximum: 10);
        Assert.Equal((1, 19), (profile.Dropped, profile.Cohort));
        Assert.All(profile.Points, point => Assert.True(double.IsFinite(point.Log10Typical)));
    }

    [Fact]
    public void A_cohort_of_chosen_loss_times_is_theirs_alone()
    {
        GradientMap map = Map(AllCells.Elman, times: 20);
        LagProfile chosen = Profiles.Of(map, maximum: 5, lossTimes: [12]);
        Assert.Equal(4, chosen.Cohort);
        for (int lag = 0; lag <= 5; lag++)
        {
            double mean = Enumerable
                .Range(0, 4)
                .Average(lane => map.Sites[0].AdjointAt(map.Entry(12, 12 - lag), lane) - map.Sites[0].AdjointAt(map.Entry(12, 12), lane));
            Assert.Equal(mean * Math.Log10(2), chosen.Points[lag].Log10Typical, Tolerance);
        }
        Assert.Equal(0, Profiles.Of(map, maximum: 5, lossTimes: [3]).Cohort); // it does not allow every lag
    }

    [Theory]
    [InlineData("lstm", 1)]
    [InlineData("lstm-peephole", 1)]
    [InlineData("gru", 0)]
    [InlineData("elman", 0)]
    public void The_fit_leaves_out_lag_zero_where_a_part_of_the_state_has_no_seed(string cell, int from)
    {
        LagProfile profile = Profiles.Of(Map(AllCells.Named(cell)!, times: 30), maximum: 12);
        LagPoint[] used = [.. profile.Points.Where(point => point.Lag >= from)];
        double x = used.Average(point => point.Lag),
            slope =
                used.Sum(point => (point.Lag - x) * point.Log10Typical * Math.Log(10))
                / used.Sum(point => (point.Lag - x) * (point.Lag - x));
        Assert.Equal(-slope, profile.Rate!.Value, Tolerance);
    }

    [Fact]
    public void Two_points_make_no_rate()
    {
        LagProfile profile = Profiles.Of(Map(AllCells.Elman, times: 20), maximum: 1);
        Assert.Equal((null, null), (profile.Rate, profile.HalfLife));
    }

    [Fact]
    public void The_interval_over_sequences_contains_the_horizon_and_shrinks_to_it_where_all_agree()
    {
        GradientMap map = Map(AllCells.Elman, times: 40, lanes: 16);
        foreach (Horizon horizon in new[] { Profiles.Of(map, maximum: 20).Tenth, Profiles.Of(map, maximum: 20).Hundredth })
        {
            Assert.True(horizon.Low <= horizon.Lag && horizon.Lag <= horizon.High, $"{horizon}");
            Assert.True(horizon.Low >= 0 && horizon.High <= 20);
        }
    }

    [Fact]
    public void The_arithmetic_mean_is_never_below_the_typical_ratio_nor_outside_the_quantiles_ends()
    {
        foreach (LagPoint point in Profiles.Of(Map(AllCells.Elman, times: 40), maximum: 15).Points)
        {
            Assert.True(point.Log10Mean >= point.Log10Typical - Tolerance);
            Assert.True(point.Log10Low <= point.Log10High);
        }
    }

    [Fact]
    public void A_backward_direction_is_measured_into_the_future_within_each_lanes_own_length()
    {
        GradientMap map = Map(AllCells.ElmanIdentity, "orthogonal=0.8", times: 30, bothWays: true, lengths: [30, 12, 25, 30]);
        LagProfile future = Profiles.Of(map, site: 1, maximum: 14, sign: -1);
        Assert.Equal(16 + 0 + 11 + 16, future.Cohort);
        Assert.Equal(15, future.Points.Count);
        foreach (LagPoint point in future.Points)
        {
            Assert.Equal(point.Lag * Math.Log10(0.8), point.Log10Typical, Tolerance);
            Assert.Equal(future.Cohort, point.Count);
        }
        Assert.Equal(10, future.Tenth.Lag);
    }

    [Fact]
    public void A_direction_that_has_no_path_is_refused()
    {
        GradientMap both = Map(AllCells.Elman, times: 20, bothWays: true);
        Assert.Contains("sign −1", Assert.Throws<ArgumentException>(() => Profiles.Of(both, site: 1)).Message);
        Assert.Contains("sign +1", Assert.Throws<ArgumentException>(() => Profiles.Of(both, site: 0, sign: -1)).Message);
    }

    [Fact]
    public void Several_maps_are_one_cohort()
    {
        GradientMap one = Map(AllCells.Elman, times: 20, lanes: 3),
            other = Map(AllCells.Elman, times: 24, lanes: 5);
        LagProfile together = Profiles.Of([one, other], maximum: 6),
            first = Profiles.Of(one, maximum: 6),
            second = Profiles.Of(other, maximum: 6);
        Assert.Equal(first.Cohort + second.Cohort, together.Cohort);
        for (int lag = 0; lag <= 6; lag++)
            Assert.Equal(
                (first.Points[lag].Log10Typical * first.Cohort + second.Points[lag].Log10Typical * second.Cohort) / together.Cohort,
                together.Points[lag].Log10Typical,
                Tolerance
            );
    }
}
