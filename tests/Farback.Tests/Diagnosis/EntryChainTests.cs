using Farback.Diagnosis;
using Farback.Gradients;
using Farback.Networks;
using Farback.Sequences;
using Farback.Tests.Gradients;

namespace Farback.Tests.Diagnosis;

/// <summary>An entry is a product over the lag: its factors multiply to the map's value and to the dual numbers', and nothing else does.</summary>
public sealed class EntryChainTests
{
    private const int Seed = 61;

    public static TheoryData<string> Networks => [.. Shapes.All.Keys];

    [Theory]
    [MemberData(nameof(Networks))]
    public void The_factors_of_every_entry_multiply_to_the_map_and_to_dual_numbers(string shape)
    {
        (Trace<double> trace, LossField losses) = Shapes.Run<double>(Shapes.All[shape], Seed, lanes: 1);
        GradientMap map = GradientMap.Of(trace, losses);
        int values = 0,
            zeros = 0;
        foreach (MapSeries series in map.Series.Where(series => series.Block is not null))
        foreach (int t in Enumerable.Range(0, Shapes.Times).Where(losses.AnyAt))
            for (int k = 0; k < Shapes.Times; k++)
            {
                CellClass kind = series.Class[map.Entry(t, k)];
                if (kind == CellClass.NoPath)
                {
                    Assert.Throws<ArgumentException>(() => EntryChain.Of(trace, losses, t, k, series.Name));
                    continue;
                }
                EntryChain chain = EntryChain.Of(trace, losses, t, k, series.Name);
                Assert.True(
                    chain.Agrees,
                    $"{shape}, {series.Name}, t {t}, k {k}: {chain.Departure:g3}, {chain.Log10Product} {chain.Log10Map} {chain.Log10Dual}"
                );
                Assert.Equal(chain.Factors.Sum(factor => factor.Log10), chain.Log10Product, 1e-9);
                Assert.Equal(kind, chain.Class);
                if (kind == CellClass.Value)
                {
                    values++;
                    // of one number of the block, exact relative to itself: it is the largest
                    Assert.Equal(chain.Weight.Value, chain.Weight.Dual, EntryChain.Tolerance * Math.Abs(chain.Weight.Value));
                    Assert.InRange(Math.Abs(chain.Weight.Value), double.Epsilon, Math.Pow(10, chain.Log10Map) * (1 + 1e-12));
                }
                else
                {
                    zeros++;
                    Assert.Equal(double.NegativeInfinity, chain.Log10Product);
                }
            }
        Assert.True(values > 20, $"{values}");
        Assert.True(zeros > 0 || Shapes.All[shape].InitialStates == InitialStates.Learned);
    }

    [Fact]
    public void A_step_of_an_Elman_network_is_slopes_times_weights_and_a_gated_one_is_not()
    {
        (Trace<double> elman, LossField of) = Shapes.Run<double>(Shapes.All["elman"], Seed, lanes: 1);
        int last = Enumerable.Range(0, Shapes.Times).Last(of.AnyAt);
        EntryChain chain = EntryChain.Of(elman, of, last, 1);
        Assert.True(chain.IsSplitExact);
        Assert.Equal(last - 1, chain.Factors.Count(factor => factor.Part == ChainPart.Transport));
        foreach (ChainFactor step in chain.Factors.Where(factor => factor.Part == ChainPart.Transport))
        {
            Assert.Equal(step.Log10, step.Log10Slope!.Value + step.Log10Weight!.Value, 1e-12);
            Assert.InRange(step.Log10Slope.Value, double.NegativeInfinity, 1e-12); // tanh′ ≤ 1
            Assert.InRange(step.Log10, double.NegativeInfinity, step.Log10Jacobian!.Value + 1e-12); // no more than σ_max(J)
        }
        // the product of the norms bounds the norm of the product, which bounds what this adjoint kept
        Assert.InRange(chain.Log10JacobianOfProduct!.Value, chain.Log10Transport - 1e-12, chain.Log10JacobianProduct!.Value + 1e-12);
        Assert.True(chain.Log10JacobianProduct - chain.Log10Transport > 0.01, "norms of Jacobians would have multiplied");

        (Trace<double> lstm, LossField losses) = Shapes.Run<double>(Shapes.All["lstm"], Seed, lanes: 1);
        EntryChain gated = EntryChain.Of(lstm, losses, Enumerable.Range(0, Shapes.Times).Last(losses.AnyAt), 1);
        Assert.False(gated.IsSplitExact);
        Assert.Equal(["h", "c"], gated.StateParts);
        ChainFactor step1 = gated.Factors.First(factor => factor.Part == ChainPart.Transport);
        Assert.Equal(2, step1.Log10StateParts!.Count);
        ChainFactor readOut = gated.Factors.Single(factor => factor.Part == ChainPart.ReadOut);
        Assert.Equal(double.NegativeInfinity, readOut.Log10StateParts![1]); // the read-out sees h only: c's seed is 0
    }

    [Fact]
    public void The_first_use_of_the_recurrent_weights_is_zero_by_its_operand_and_not_because_it_vanished()
    {
        (Trace<double> trace, LossField losses) = Shapes.Run<double>(Shapes.All["elman"], Seed, lanes: 1);
        EntryChain chain = EntryChain.Of(trace, losses, Enumerable.Range(0, Shapes.Times).Last(losses.AnyAt), 0);
        Assert.Equal(CellClass.ExactZero, chain.Class);
        Assert.Equal(ChainPart.Operand, chain.Factors[^1].Part);
        Assert.Equal(double.NegativeInfinity, chain.Factors[^1].Log10);
        Assert.True(double.IsFinite(chain.Factors[^2].Log10SoFar));
    }

    [Fact]
    public void Bars_are_the_same_product_in_fewer_factors()
    {
        (Trace<double> trace, LossField losses) = Shapes.Run<double>(Shapes.All["gru"], Seed, lanes: 1);
        EntryChain chain = EntryChain.Of(trace, losses, Enumerable.Range(0, Shapes.Times).Last(losses.AnyAt), 0, "weight_ih_l0");
        IReadOnlyList<ChainFactor> bars = chain.Bars(2);
        Assert.Equal(2, bars.Count(bar => bar.Part == ChainPart.Transport));
        Assert.Equal(chain.Log10Product, bars.Sum(bar => bar.Log10), 1e-12);
        Assert.Equal(chain.Log10Product, bars[^1].Log10SoFar, 1e-12);
        Assert.Equal(chain.Factors, chain.Bars(100));
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Both_running_sums_of_a_weight_end_in_the_ordinary_gradient(string shape)
    {
        Network network = Shapes.All[shape];
        (Trace<double> trace, LossField losses) = Shapes.Run<double>(network, Seed, lanes: 1);
        DenseMap map = DenseMap.Of(trace, losses);
        foreach (Block block in network.Blocks)
        {
            int index = block.Count / 2;
            RunningSums sums = RunningSums.Of(trace, losses, block.Name, index / block.Columns, index % block.Columns);
            Assert.InRange(sums.Residual, 0, RunningSums.Tolerance);
            double size = 0;
            for (int t = 0; t < Shapes.Times; t++)
            for (int k = 0; k < Shapes.Times; k++)
                size += Math.Abs(map.Entry(block, t, k)[index]);
            for (int i = 0; i < Shapes.Times; i++)
            {
                Assert.Equal(
                    Enumerable.Range(0, Shapes.Times).Sum(k => map.Entry(block, i, k)[index]),
                    sums.Rows[i],
                    RunningSums.Tolerance * size
                );
                Assert.Equal(
                    Enumerable.Range(0, Shapes.Times).Sum(t => map.Entry(block, t, i)[index]),
                    sums.Columns[i],
                    RunningSums.Tolerance * size
                );
            }
        }
    }

    [Fact]
    public void The_formula_passed_round_has_another_value_and_its_error_is_the_one_that_is_named()
    {
        ForumFormula one = ForumFormula.OfOneUnit();
        Assert.True(one.IsSettled);
        Assert.Equal(one.Formula * one.W / one.H3, one.FromLater, ForumFormula.Tolerance); // h3 stands where W belongs
        Assert.Equal(one.Right, one.FromLater + one.Own);
        Assert.NotEqual(0, one.Own);
        IReadOnlyList<ChainShape> shapes = ForumFormula.ShapesOf(3);
        Assert.Equal(9, shapes[2].Columns);
        Assert.NotEqual(shapes[2].Columns, shapes[3].Rows); // it does not compose
        Assert.All(ForumFormula.ShapesOf(1), shape => Assert.Equal((1, 1), (shape.Rows, shape.Columns)));
    }

    [Fact]
    public void What_cannot_be_asked_is_refused_in_a_sentence()
    {
        (Trace<double> trace, LossField losses) = Shapes.Run<double>(Shapes.All["elman"], Seed, lanes: 3);
        Assert.Contains(
            "one sequence",
            Assert.Throws<ArgumentException>(() => EntryChain.Of(trace, losses, 2, 1)).Message,
            StringComparison.Ordinal
        );
        (trace, losses) = Shapes.Run<double>(Shapes.All["elman"], Seed, lanes: 1);
        Assert.Contains(
            "7 steps",
            Assert.Throws<ArgumentException>(() => EntryChain.Of(trace, losses, 7, 1)).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "one block",
            Assert.Throws<ArgumentException>(() => EntryChain.Of(trace, losses, 2, 1, "all")).Message,
            StringComparison.Ordinal
        );
    }
}
