using Farback.Diagnosis.Spectra;
using Farback.Numbers;

namespace Farback.Tests.Diagnosis.Spectra;

/// <summary>Singular values of long products against products that are known on paper, and against compound matrices.</summary>
public sealed class ScaledProductTests
{
    [Fact]
    public void Two_thousand_factors_with_known_singular_values_have_their_powers()
    {
        // J_i = V_{i−1} S V_iᵀ: every factor turns differently, the product has S^lag; from 10^82 down to 10^−4000, far outside double
        const int n = 6,
            lag = 2000;
        double[] s = [1.1, 1.01, 1, 0.9, 0.5, 0.01];
        var random = new RandomStream(21);
        var product = new ScaledProduct(n);
        double[] before = Matrices.Orthogonal(n, random);
        for (int i = 0; i < lag; i++)
        {
            double[] after = Matrices.Orthogonal(n, random);
            product.Multiply(Matrices.Product(Matrices.Product(before, Matrices.Diagonal(s), n), Matrices.Transpose(after, n), n));
            before = after;
        }
        SingularValues values = product.SingularValues();
        for (int i = 0; i < n; i++)
            Assert.Equal(lag * Math.Log(s[i]), values.Log[i], 1e-6);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    [InlineData(1000)]
    [InlineData(2000)]
    public void Compound_matrices_say_the_same_of_factors_without_any_structure(int lag)
    {
        // σ_1 … σ_k of a product is σ_1 of the product of k-th compounds, whose first singular value a plainly rescaled product keeps
        const int n = 4;
        var random = new RandomStream(22);
        double[][] factors = [.. Enumerable.Range(0, lag).Select(_ => Matrices.Gaussian(n, random))];
        var product = new ScaledProduct(n);
        foreach (double[] factor in factors)
            product.Multiply(factor);
        SingularValues values = product.SingularValues();
        for (int k = 1; k <= n; k++)
        {
            double[]? all = null;
            int size = 0;
            double log = 0;
            foreach (double[] factor in factors)
            {
                (double[] compound, size) = Matrices.Compound(factor, n, k);
                all = all is null ? compound : Matrices.Product(all, compound, size);
                double norm = Math.Sqrt(all.Sum(x => x * x));
                log += Math.Log(norm);
                all = [.. all.Select(x => x / norm)];
            }
            var one = new ScaledProduct(size);
            one.Multiply(all);
            Assert.Equal(log + one.SingularValues().Log[0], values.Log.Take(k).Sum(), 1e-6);
        }
    }

    [Fact]
    public void The_diagonal_alone_would_be_wrong()
    {
        // a shear: both diagonal factors are 1, the singular values are the golden ratio to the ±2
        var product = new ScaledProduct(2);
        product.Multiply([1, 0, 2, 1]);
        double exact = Math.Log(1 + Math.Sqrt(2));
        Assert.Equal(exact, product.SingularValues().Log[0], 1e-14);
        Assert.Equal(-exact, product.SingularValues().Log[1], 1e-14);
        Assert.True(Math.Abs(product.LogScales[0] - exact) > 0.05);
    }

    [Fact]
    public void Near_and_exact_ties_are_told_apart()
    {
        const int n = 5;
        double[] s = [1, 1, 1 - 1e-9, 0.5, 0.5];
        var random = new RandomStream(23);
        var product = new ScaledProduct(n);
        double[] u = Matrices.Orthogonal(n, random),
            v = Matrices.Orthogonal(n, random);
        product.Multiply(Matrices.Product(Matrices.Product(u, Matrices.Diagonal(s), n), v, n));
        IReadOnlyList<double> log = product.SingularValues().Log;
        for (int i = 0; i < n; i++)
            Assert.Equal(Math.Log(s[i]), log[i], 1e-14);
    }

    [Fact]
    public void The_first_directions_are_those_that_the_product_stretches_most()
    {
        const int n = 5;
        var random = new RandomStream(24);
        var product = new ScaledProduct(n);
        for (int i = 0; i < 30; i++)
            product.Multiply(Matrices.Gaussian(n, random));
        SingularValues values = product.SingularValues();
        (double log, double[] arrives) = product.Apply([.. values.Left]);
        Assert.Equal(values.Log[0], log, 1e-12);
        Close.Normwise([.. values.Right], arrives, 1e-12, "v_1");
        for (int trial = 0; trial < 50; trial++)
        {
            double[] row = [.. Enumerable.Range(0, n).Select(_ => random.NextNormal())];
            Assert.True(product.Apply(row).LogNorm - Math.Log(Math.Sqrt(row.Sum(x => x * x))) <= values.Log[0] + 1e-12);
        }
    }

    [Fact]
    public void What_a_factor_forgets_is_zero_for_ever_and_disturbs_nothing()
    {
        var product = new ScaledProduct(3);
        product.Multiply(Matrices.Diagonal(0.5, 0, 2));
        for (int i = 0; i < 1500; i++)
            product.Multiply(Matrices.Diagonal(0.5, 3, 2));
        IReadOnlyList<double> log = product.SingularValues().Log;
        Assert.Equal(1501 * Math.Log(2), log[0], 1e-9);
        Assert.Equal(1501 * Math.Log(0.5), log[1], 1e-9);
        Assert.Equal(double.NegativeInfinity, log[2]);
        Assert.Equal(double.NegativeInfinity, product.Apply([0, 1, 0]).LogNorm);
        Assert.Equal(1501 * Math.Log(2), product.Apply([0, 1, 1]).LogNorm, 1e-9);
    }

    [Fact]
    public void No_number_stays_no_number()
    {
        var product = new ScaledProduct(2);
        product.Multiply([1, double.NaN, 0, 1]);
        Assert.True(double.IsNaN(product.SingularValues().Log[0]));
    }
}
