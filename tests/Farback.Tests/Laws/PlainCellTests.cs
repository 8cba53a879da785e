using Farback.Adjoints;
using Farback.Cells;
using Farback.Gradients;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;

namespace Farback.Tests.Laws;

/// <summary>The library's cells against plain loops on dual numbers: an oracle of different blood.</summary>
public sealed class PlainCellTests
{
    private const int Inputs = 3,
        Hidden = 9, // one more than eight floats, so that a block is padded at every width
        Times = 8;
    private const long Seed = 23;

    // sums of a dozen products over eight steps: ε·√(T(H + I)), with ε₂₄ in float
    private const double InDouble = 1e-13;
    private const double InFloat = 2e-6;

    public static TheoryData<string, Width> Everywhere
    {
        get
        {
            TheoryData<string, Width> data = [];
            foreach (Cell cell in AllCells.List)
            foreach (Width width in Enum.GetValues<Width>())
                data.Add(cell.Name, width);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void States_are_those_of_plain_loops(string cell, Width width)
    {
        LawCell.Require(width);
        (Network network, Parameters<double> parameters, double[] x) = Draw(cell);
        List<PlainDual[]> plain = new PlainCell(cell, Inputs, Hidden, (block, i) => parameters[block][i]).Run(Split(x));
        double[] expected = [.. plain.SelectMany(state => state.Select(number => number.X))];
        Close.Normwise(expected, States(new Model<double>(network, parameters, width), x), InDouble, "double");
        Close.Normwise(expected, States(new Model<float>(network, parameters.To<float>(), width), x), InFloat, "float");
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void The_gradient_of_every_part_of_the_last_output_is_the_plain_loops_derivative(string cell, Width width)
    {
        LawCell.Require(width);
        (Network network, Parameters<double> parameters, double[] x) = Draw(cell);
        var random = new RandomStream(Seed, 9);
        var adjoints = new double[Times * Hidden];
        for (int unit = 0; unit < Hidden; unit++)
            adjoints[(Times - 1) * Hidden + unit] = random.NextNormal();

        var model = new Model<double>(network, parameters, width);
        Trace<double> trace = model.Forward(BatchOf(x));
        var gradient = new Parameters<double>(network);
        new Bptt<double>(model).Run(trace, Seeds<double>.Given(trace, adjoints), gradient);
        foreach (Block block in network.Blocks)
        {
            double[] v = [.. Enumerable.Range(0, block.Count).Select(_ => random.NextNormal())];
            List<PlainDual[]> plain = new PlainCell(
                cell,
                Inputs,
                Hidden,
                (name, i) => new(parameters[name][i], name == block.Name ? v[i] : 0)
            ).Run(Split(x));
            double forth = 0,
                back = 0;
            for (int unit = 0; unit < Hidden; unit++)
                forth += adjoints[(Times - 1) * Hidden + unit] * plain[^1][unit].D;
            for (int i = 0; i < v.Length; i++)
                back += gradient[block][i] * v[i];
            double size = Math.Sqrt(gradient[block].ToArray().Sum(g => g * g) * v.Sum(a => a * a));
            Assert.True(Math.Abs(forth - back) <= InDouble * size, $"{block.Name}, seed {Seed}: {back:r}, plain {forth:r}");
        }
    }

    private static (Network Network, Parameters<double> Parameters, double[] X) Draw(string cell)
    {
        var network = new Network
        {
            Cell = LawCell.Named(cell),
            Inputs = Inputs,
            Hidden = Hidden,
            Outputs = 0,
        };
        var random = new RandomStream(Seed, 2);
        return (
            network,
            LawCell.Parameters(network, Seed),
            [.. Enumerable.Range(0, Times * Inputs).Select(_ => (double)(float)random.NextNormal())]
        );
    }

    private static double[][] Split(double[] x) => [.. Enumerable.Range(0, Times).Select(t => x[(t * Inputs)..((t + 1) * Inputs)])];

    private static Batch BatchOf(double[] x) =>
        Batch.OfValues(x, Times, 1, Inputs, new ClassTargets([.. Enumerable.Repeat(ClassTargets.Ignored, Times)]));

    private static double[] States<T>(Model<T> model, double[] x)
        where T : unmanaged
    {
        Trace<T> trace = model.Forward(BatchOf(x));
        List<double> all = [];
        for (int time = 1; time <= Times; time++)
        for (int part = 0; part < trace.Layers[0].StateParts; part++)
        for (int unit = 0; unit < Hidden; unit++)
            all.Add(Real.ToDouble(trace.Layers[0].State(time, 0, part, unit)));
        return [.. all];
    }
}
