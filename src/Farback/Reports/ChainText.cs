using Farback.Diagnosis;
using Farback.Gradients;

namespace Farback.Reports;

/// <summary>How a chain reads: names of its factors, and the sentences that say what is multiplied and what is added.</summary>
public static class ChainText
{
    /// <summary>More bars than these are drawn as products of neighbouring steps.</summary>
    public const int MostBars = 40;

    /// <summary>The factors to draw.</summary>
    public static IReadOnlyList<ChainFactor> Bars(ChainView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        return view.Chain.Bars(MostBars);
    }

    /// <summary>A step's word; with its number, since words occur twice.</summary>
    public static string Step(ChainView view, int step)
    {
        ArgumentNullException.ThrowIfNull(view);
        string number = NumberText.Whole(step + 1),
            word = view.Words[step];
        return word == number ? $"step {number}" : $"“{word}” ({number})";
    }

    /// <summary>Which entry it is.</summary>
    public static string Title(ChainView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        return $"G[{NumberText.Whole(view.Chain.Loss + 1)},{NumberText.Whole(view.Chain.Use + 1)}] of {view.Chain.Series}: what the error at {Step(view, view.Chain.Loss)} asks of the weights used at {Step(view, view.Chain.Use)}, {NumberText.Whole(view.Chain.Lag)} back";
    }

    /// <summary>What a factor is called.</summary>
    public static string Name(ChainView view, ChainFactor factor)
    {
        ArgumentNullException.ThrowIfNull(factor);
        return factor.Part switch
        {
            ChainPart.Error => $"error at {Step(view, factor.From)}",
            ChainPart.ReadOut => "through the read-out",
            ChainPart.Transport => $"back to {Step(view, factor.To)}",
            ChainPart.Local => "into the sums there",
            _ => "what the weights multiply there",
        };
    }

    /// <summary>What a factor is, as a formula.</summary>
    public static string Formula(ChainFactor factor)
    {
        ArgumentNullException.ThrowIfNull(factor);
        return factor.Part switch
        {
            ChainPart.Error => "‖w ∂L/∂y‖",
            ChainPart.ReadOut => "‖λ‖/‖w ∂L/∂y‖",
            ChainPart.Transport => "‖λ₋‖/‖λ‖",
            ChainPart.Local => "‖δ‖/‖λ‖",
            _ => "‖u‖",
        };
    }

    /// <summary>A step taken apart: slopes times weights where it is that, else what the state's parts hold; empty for other factors.</summary>
    public static string Apart(ChainView view, ChainFactor factor)
    {
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(factor);
        if (factor.Part == ChainPart.Transport && factor is { Log10Slope: { } slope, Log10Weight: { } weight })
            return $"slopes {NumberText.Size(slope)} × weights {NumberText.Size(weight)}";
        if (factor.Log10StateParts is not { Count: > 1 } parts)
            return "";
        return string.Join(", ", view.Chain.StateParts.Zip(parts, (name, log10) => $"on {name} {NumberText.Size(log10)}"));
    }

    /// <summary>How long the bar of the product so far is, 0 … 1, on a logarithmic scale that holds the whole chain.</summary>
    public static double Bar(ChainView view, ChainFactor factor)
    {
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(factor);
        (double low, double high) = Scale(view);
        return double.IsFinite(factor.Log10SoFar) ? (factor.Log10SoFar - low) / (high - low) : 0;
    }

    /// <summary>The ends of the bars' scale: whole powers of ten.</summary>
    public static (double Low, double High) Scale(ChainView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        double[] logs = [.. view.Chain.Factors.Select(factor => factor.Log10SoFar).Where(double.IsFinite)];
        return logs.Length == 0 ? (-1, 0) : (Math.Floor(logs.Min()) - 1, Math.Floor(logs.Max()) + 1);
    }

    /// <summary>The product with its numbers: 0.9 · 1.7 · 0.41 = 0.63; the steps back are drawn together where they are many.</summary>
    public static string Product(ChainView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        const int Most = 8;
        IReadOnlyList<ChainFactor> factors = view.Chain.Factors;
        string[] steps = [.. factors.Where(factor => factor.Part == ChainPart.Transport).Select(factor => NumberText.Size(factor.Log10))];
        IEnumerable<string> shown =
            steps.Length <= Most ? steps : [.. steps.Take(3), $"… ({NumberText.Whole(steps.Length)} steps) …", .. steps.TakeLast(2)];
        IEnumerable<string> all =
        [
            .. factors.Where(factor => factor.Part < ChainPart.Transport).Select(factor => NumberText.Size(factor.Log10)),
            .. shown,
            .. factors.Where(factor => factor.Part > ChainPart.Transport).Select(factor => NumberText.Size(factor.Log10)),
        ];
        return $"{string.Join(" · ", all)} = {NumberText.Size(view.Chain.Log10Product)}";
    }

    /// <summary>Three ways to one number.</summary>
    public static string Agreement(ChainView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        EntryChain chain = view.Chain;
        if (chain.Class != CellClass.Value)
            return $"The entry is {MapSentence.Why(chain.Class)}.";
        string duals = chain.Log10Dual is { } log10
            ? $"dual numbers with a copy of the weights for this one use give {NumberText.Size(log10)}"
            : "and it is too small for dual numbers";
        return $"The product is {NumberText.Size(chain.Log10Product)}, the map has {NumberText.Size(chain.Log10Map)}, {duals}: "
            + $"they {(chain.Agrees ? "agree" : "DISAGREE")}, {(chain.Departure == 0 ? "to the last digit" : $"with a difference of {NumberText.Signed(chain.Departure)} of it")}; {NumberText.Signed(EntryChain.Tolerance)} of it is allowed.";
    }

    /// <summary>Why the bars are not the Jacobians' norms; empty where there is no step back.</summary>
    public static string Jacobians(ChainView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        EntryChain chain = view.Chain;
        if (chain.Factors.All(factor => factor.Part != ChainPart.Transport))
            return "";
        string norms = chain is { Log10JacobianProduct: { } product, Log10JacobianOfProduct: { } whole }
            ? $" Here the steps' ‖J‖ multiply to {NumberText.Size(product)}, the norm of their product is {NumberText.Size(whole)}, and this error kept {NumberText.Size(chain.Log10Transport)}."
            : "";
        string split = chain.IsSplitExact
            ? " Each step is slopes times weights, ‖λφ′‖/‖λ‖ · ‖δW‖/‖δ‖, and nothing else."
            : " A step of this layer is not slopes times weights alone, so it is not split; what it holds on each part of the state is given where there are several.";
        return $"A bar is ‖λ₋‖/‖λ‖, the part of this error that a step kept: these ratios multiply exactly, the norms ‖J‖ of the steps do not.{norms}{split}";
    }

    /// <summary>Are dw1 … dwT summed or multiplied? One sentence, with its numbers.</summary>
    public static string Answer(ChainView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        RunningSums sums = view.Sums;
        ChainWeight weight = view.Chain.Weight;
        return $"Summed: {Terms("dw", "", sums.Columns)} = {NumberText.Signed(sums.ColumnsSoFar[^1])}, and {Terms("dL", "/dw", sums.Rows)} = {NumberText.Signed(sums.RowsSoFar[^1])}, "
            + $"both the ordinary gradient {NumberText.Signed(sums.OrdinaryGradient)} of w = {weight.Block}[{NumberText.Whole(weight.Row + 1)},{NumberText.Whole(weight.Column + 1)}] (residual {NumberText.Signed(sums.Residual)}); "
            + $"what is multiplied is inside one entry, over the lag: {Product(view)}.";
    }

    /// <summary>The one number of the block whose sums are shown, by the map and by dual numbers.</summary>
    public static string Weight(ChainView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        ChainWeight weight = view.Chain.Weight;
        return $"w is the number of {weight.Block} with the largest part in this entry, row {NumberText.Whole(weight.Row + 1)}, column {NumberText.Whole(weight.Column + 1)}: its own G[{NumberText.Whole(view.Chain.Loss + 1)},{NumberText.Whole(view.Chain.Use + 1)}] is {NumberText.Signed(weight.Value)}, by dual numbers {NumberText.Signed(weight.Dual)}.";
    }

    /// <summary>The formula that is passed round, as it is written.</summary>
    public const string ForumWritten = "dw3 = ∂L4/∂A4 · ∂A4/∂Z4 · ∂Z4/∂W · ∂A3/∂Z3 · ∂Z3/∂W";

    /// <summary>The right one.</summary>
    public const string ForumRight = "dw3 = (∂L3/∂A3 + ∂L4/∂A4 · ∂A4/∂Z4 · ∂Z4/∂A3) · ∂A3/∂Z3 · ∂⁺Z3/∂W";

    /// <summary>Its value beside the right one, on one unit, and what is wrong with it.</summary>
    public static string Forum(ChainView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        ForumFormula one = view.Forum;
        return $"On a network of one unit the formula gives {NumberText.Signed(one.Formula)}; right is {NumberText.Signed(one.Right)}, as the map's column ({NumberText.Signed(one.Map)}) and dual numbers ({NumberText.Signed(one.Dual)}) say. "
            + $"It has ∂Z4/∂W = h3 = {NumberText.Signed(one.H3)} where ∂Z4/∂A3 = W = {NumberText.Signed(one.W)} belongs, and it drops the third loss's own term, {NumberText.Signed(one.Own)}; what the fourth loss asks of the third use is {NumberText.Signed(one.FromLater)}.";
    }

    /// <summary>The formula's shapes in the network at hand, and where they do not compose.</summary>
    public static string Shapes(ChainView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        IReadOnlyList<ChainShape> shapes = ForumFormula.ShapesOf(view.Hidden);
        string written = string.Join(" · ", shapes.Select(shape => $"{NumberText.Whole(shape.Rows)}×{NumberText.Whole(shape.Columns)}"));
        if (shapes[2].Columns == shapes[3].Rows)
            return $"With one unit every factor is a number ({written}), so that the mistake goes unnoticed.";
        return $"With this network's {NumberText.Whole(view.Hidden)} units its factors are {written}: {shapes[2].Name} has {NumberText.Whole(shapes[2].Columns)} columns and {shapes[3].Name} {NumberText.Whole(shapes[3].Rows)} rows, so it has no value at all; ∂Z4/∂A3 = W is {NumberText.Whole(view.Hidden)}×{NumberText.Whole(view.Hidden)} and fits.";
    }

    // dw1 + dw2 + … + dw9 with the numbers of all where they are few, else of those that count most
    private static string Terms(string before, string after, IReadOnlyList<double> numbers)
    {
        const int Most = 5;
        string Number(int i) => $"{before}{NumberText.Whole(i + 1)}{after}";
        if (numbers.Count <= Most)
            return $"{string.Join(" + ", Enumerable.Range(0, numbers.Count).Select(Number))} = {string.Join(" + ", numbers.Select(Signed))}";
        return $"{Number(0)} + {Number(1)} + … + {Number(numbers.Count - 1)} = {Signed(numbers[0])} + {Signed(numbers[1])} + … + {Signed(numbers[^1])}";
    }

    private static string Signed(double number) => number < 0 ? $"({NumberText.Signed(number)})" : NumberText.Signed(number);
}
