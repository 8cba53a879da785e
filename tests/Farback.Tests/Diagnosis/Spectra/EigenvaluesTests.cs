using System.Numerics;
using Farback.Diagnosis.Spectra;
using Farback.Networks;
using Farback.Numbers;

namespace Farback.Tests.Diagnosis.Spectra;

/// <summary>Eigenvalues that are known on paper, and the sums that all must have.</summary>
public sealed class EigenvaluesTests
{
    private const double Rounding = 1e-12; // some tens of reflections of numbers of order one

    [Fact]
    public void A_cyclic_permutation_has_the_roots_of_one()
    {
        // all shifts of an unshifted start are 0 here, and the matrix comes back to itself: only an exceptional shift gets on
        foreach (int n in new[] { 2, 3, 4, 5, 8, 12 })
        {
            double[] matrix = new double[n * n];
            for (int i = 0; i < n; i++)
                matrix[i * n + (i + 1) % n] = 1;
            Same([.. Enumerable.Range(0, n).Select(k => Complex.FromPolarCoordinates(1, 2 * Math.PI * k / n))], Eigenvalues.Of(matrix, n));
        }
    }

    [Fact]
    public void Blocks_that_turn_and_stretch_are_found_behind_any_orthogonal_change_of_coordinates()
    {
        var random = new RandomStream(11);
        foreach (int n in new[] { 1, 2, 5, 9, 20 })
        {
            double[] blocks = new double[n * n];
            List<Complex> expected = [];
            for (int i = 0; i < n; i += 2)
            {
                double length = 0.3 + random.NextDouble(),
                    angle = random.NextUniform(-3, 3);
                if (i + 1 == n)
                {
                    blocks[i * n + i] = length;
                    expected.Add(length);
                    break;
                }
                (blocks[i * n + i], blocks[i * n + i + 1]) = (length * Math.Cos(angle), -length * Math.Sin(angle));
                (blocks[(i + 1) * n + i], blocks[(i + 1) * n + i + 1]) = (length * Math.Sin(angle), length * Math.Cos(angle));
                expected.Add(Complex.FromPolarCoordinates(length, angle));
                expected.Add(Complex.FromPolarCoordinates(length, -angle));
            }
            double[] q = Matrices.Orthogonal(n, random);
            Same(expected, Eigenvalues.Of(Matrices.Product(Matrices.Product(q, blocks, n), Matrices.Transpose(q, n), n), n));
        }
    }

    [Fact]
    public void Their_sum_is_the_trace_and_their_product_the_determinant()
    {
        var random = new RandomStream(12);
        foreach (int n in new[] { 2, 3, 7, 30, 64 })
        {
            double[] matrix = Matrices.Gaussian(n, random);
            Complex[] found = Eigenvalues.Of(matrix, n);
            Complex sum = found.Aggregate((a, b) => a + b);
            Assert.Equal(Enumerable.Range(0, n).Sum(i => matrix[i * n + i]), sum.Real, n * Rounding);
            Assert.Equal(0, sum.Imaginary, n * Rounding);
            // the smallest eigenvalue loses what the condition takes: some 1e3 · n · ε
            Assert.Equal(Matrices.LogDeterminant(matrix, n), found.Sum(one => Math.Log(one.Magnitude)), 1e-9);
        }
    }

    [Fact]
    public void The_spectral_radius_is_the_one_that_a_gaussian_start_is_scaled_to()
    {
        // by repeated squaring there, which stops at 1e-10
        var network = new Network
        {
            Cell = Cells.AllCells.Elman,
            Inputs = 2,
            Hidden = 24,
            Outputs = 2,
        };
        Parameters<double> start = Initial.Parse("gaussian=0.95").Draw(network, 3);
        Assert.Equal(0.95, Eigenvalues.SpectralRadius(start["weight_hh_l0"], 24), 1e-8);
    }

    [Fact]
    public void Zero_and_triangular_matrices_have_their_diagonal()
    {
        Same([0, 0, 0], Eigenvalues.Of(new double[9], 3));
        Same([1, 2, 3], Eigenvalues.Of([1, 5, -4, 0, 2, 7, 0, 0, 3], 3));
        Assert.Contains(
            "finite",
            Assert.Throws<ArgumentException>(() => Eigenvalues.Of([double.NaN], 1)).Message,
            StringComparison.Ordinal
        );
        Assert.Throws<ArgumentException>(() => Eigenvalues.Of(new double[3], 2));
    }

    // every expected one has a found one nearby that no other has taken
    private static void Same(List<Complex> expected, Complex[] found)
    {
        List<Complex> left = [.. found];
        Assert.Equal(expected.Count, left.Count);
        foreach (Complex one in expected)
        {
            Complex nearest = left.MinBy(other => (other - one).Magnitude);
            Assert.True((nearest - one).Magnitude <= Rounding, $"{one}: nearest of {string.Join(", ", found)}");
            left.Remove(nearest);
        }
    }
}
