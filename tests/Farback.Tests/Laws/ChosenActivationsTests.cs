using Farback.Adjoints;
using Farback.Cells;
using Farback.Diagnosis;
using Farback.Gradients;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;

namespace Farback.Tests.Laws;

/// <summary>The activations that a cell is given by name: their values, their slopes, and every law on cells made of them.</summary>
public sealed class ChosenActivationsTests(ITestOutputHelper output)
{
    // a few roundings of numbers below 4, the series of ln and exp exact to rounding
    private const double InDouble = 4e-15,
        InFloat = 2e-6;

    private static readonly Dictionary<string, Func<double, double>> Plain = new()
    {
        ["tanh"] = Math.Tanh,
        ["sigmoid"] = z => 1 / (1 + Math.Exp(-z)),
        ["relu"] = z => Math.Max(z, 0),
        ["identity"] = z => z,
        ["softsign"] = z => z / (1 + Math.Abs(z)),
        ["softplus"] = z => Math.Log(1 + Math.Exp(z)),
        ["affine 0.7 -0.3"] = z => 0.7 * z - 0.3,
        ["leaky-relu 0.02"] = z => z > 0 ? z : 0.02 * z,
        ["thresholded-relu 0.5"] = z => z > 0.5 ? z : 0,
        ["scaled-tanh 1.5 0.6"] = z => 1.5 * Math.Tanh(0.6 * z),
        ["hard-sigmoid 0.2 0.5"] = z => Math.Clamp(0.2 * z + 0.5, 0, 1),
        ["elu 1.3"] = z => z > 0 ? z : 1.3 * (Math.Exp(z) - 1),
        ["tanh within 1.25"] = z => Math.Tanh(Math.Clamp(z, -1.25, 1.25)),
        ["elu 0.5 within 2"] = z => Math.Clamp(z, -2, 2) is var held && held > 0 ? held : 0.5 * (Math.Exp(Math.Clamp(z, -2, 2)) - 1),
    };

    // away from the kinks, so that a difference of 1e-6 crosses none
    private static readonly double[] Points = [.. Enumerable.Range(0, 33).Select(i => -3.971 + 0.2483 * i)];

    public static TheoryData<Width> EveryWidth => [.. Enum.GetValues<Width>()];

    [Fact]
    public void Every_name_is_tried_and_reads_as_it_is_written()
    {
        Assert.Equal(Activation.Names.Order(), Plain.Keys.Select(text => text.Split(' ')[0]).Distinct().Order());
        foreach (string text in Plain.Keys)
            Assert.Equal(text, Activation.Parse(text).ToString());
        Assert.Equal(Activation.Identity, Activation.Parse("affine 1 0"));
        Assert.Equal("hard-sigmoid 0.2 0.5", Activation.Of("hard-sigmoid").ToString());
        foreach (string wrong in new[] { "", "tan", "tanh 1", "elu 1 2", "elu x", "tanh within 0", "tanh within NaN" })
            Assert.Throws<ArgumentException>(() => Activation.Parse(wrong));
    }

    [Theory]
    [MemberData(nameof(EveryWidth))]
    public void Values_and_slopes_are_the_formulas(Width width)
    {
        LawCell.Require(width);
        foreach ((string text, Func<double, double> plain) in Plain)
        {
            double[] expected = [.. Points.Select(plain)];
            double[] slopes = [.. Points.Select(z => (plain(z + 1e-6) - plain(z - 1e-6)) / 2e-6)];
            (double[] inDouble, double[] slopesInDouble) = Run<double>(text, width);
            (double[] inFloat, double[] slopesInFloat) = Run<float>(text, width);
            Close.Normwise(expected, inDouble, InDouble, $"{text} in double");
            Close.Normwise(expected, inFloat, InFloat, $"{text} in float");
            Close.Normwise(slopes, slopesInDouble, 1e-8, $"{text}: slopes in double"); // the difference's own error
            Close.Normwise(slopes, slopesInFloat, 1e-5, $"{text}: slopes in float");
        }
    }

    // h = φ(x): one input, one unit, the weights 1 and 0; ∂h/∂z = ∂L/∂b where only this lane has a loss
    private static (double[] Values, double[] Slopes) Run<T>(string text, Width width)
        where T : unmanaged
    {
        var network = new Network
        {
            Cell = AllCells.ElmanWith(Activation.Parse(text)),
            Inputs = 1,
            Hidden = 1,
            Outputs = 0,
        };
        var parameters = new Parameters<double>(network);
        parameters["weight_ih_l0"][0] = 1;
        var model = new Model<T>(network, parameters.To<T>(), width);
        List<double> values = [],
            slopes = [];
        foreach (double z in Points)
        {
            Trace<T> trace = model.Forward(Batch.OfValues([z], 1, 1, 1, new ClassTargets([0])));
            values.Add(Real.ToDouble(trace.Layers[0].H(1, 0)[0]));
            var gradient = new Parameters<T>(network);
            new Bptt<T>(model).Run(trace, Seeds<T>.Given(trace, [1]), gradient);
            slopes.Add(Real.ToDouble(gradient["bias_ih_l0"][0]));
        }
        return ([.. values], [.. slopes]);
    }

    /// <summary>Every activation in some place of some cell, the coupled gates and the bound among them.</summary>
    public static TheoryData<string> Cells =>
        [
            "lstm-peephole-coupled(hard-sigmoid 0.3 0.5, softsign, elu 0.7)",
            "lstm(sigmoid within 0.4, scaled-tanh 1.2 0.8 within 0.4, softplus)",
            "gru(hard-sigmoid 0.2 0.45, leaky-relu 0.1)",
            "gru-reset-before(sigmoid within 0.5, affine 0.6 0.1 within 0.3)",
            "elman(thresholded-relu 0.05)",
        ];

    [Theory]
    [MemberData(nameof(Cells))]
    public void Every_law_holds_on_cells_made_of_them(string name)
    {
        Cell? cell = AllCells.Named(name);
        Assert.NotNull(cell);
        Assert.Equal(name, cell.Name);
        Assert.Equal(cell, AllCells.Named(name));
        foreach (LawResult law in CellLaws.Check(cell))
        {
            output.WriteLine($"{law}");
            Assert.True(law.Holds, $"{name}: {law}. {law.Meaning}");
        }
    }

    [Fact]
    public void A_coupled_forget_gate_is_one_minus_the_input_gate_and_reads_nothing_of_its_own()
    {
        var network = new Network
        {
            Cell = AllCells.LstmWith(Activation.Sigmoid, Activation.Tanh, Activation.Tanh, coupled: true),
            Inputs = 2,
            Hidden = 3,
            Outputs = 0,
        };
        Parameters<double> parameters = LawCell.Parameters(network, seed: 3);
        double[] Last()
        {
            Trace<double> trace = new Model<double>(network, parameters).Forward(
                Batch.OfValues([0.3, -1, 0.8, 0.1], 2, 1, 2, new ClassTargets([0, 0]))
            );
            return trace.Layers[0].H(2, 0).ToArray();
        }
        double[] before = Last();
        parameters["weight_ih_l0"].Slice(3 * 2, 3 * 2).Fill(5); // the block of f
        Assert.Equal(before, Last());
        parameters["weight_ih_l0"][0] += 1; // one of i
        Assert.NotEqual(before, Last());
    }

    [Theory]
    [InlineData("lstm(tanh)")]
    [InlineData("lstm(tanh, tanh, tan)")]
    [InlineData("gru(tanh, tanh")]
    [InlineData("elman()")]
    [InlineData("lstm(sigmoid, tanh, tanh)x")]
    [InlineData("")]
    public void A_cell_that_is_none_has_no_name(string name) => Assert.Null(AllCells.Named(name));
}
