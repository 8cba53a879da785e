using System.Globalization;
using System.Text.RegularExpressions;
using Farback.Adjoints;
using Farback.Cells;
using Farback.Gradients;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Tests.Docs;

/// <summary>The digits of the derivations' two-step examples are those that the library computes.</summary>
public sealed partial class WorkedExamplesTests
{
    // the pages print seven decimals
    private const double HalfADigit = 0.5e-7;

    public static TheoryData<string, string> Examples()
    {
        TheoryData<string, string> examples = [];
        foreach (string page in Repository.Pages())
        foreach (Match example in Example().Matches(Repository.Read(page)))
            examples.Add(page, example.Groups["cell"].Value);
        return examples;
    }

    [Fact]
    public void Every_kind_of_cell_has_an_example() =>
        Assert.Equal(["elman", "gru", "gru-reset-before", "lstm-peephole"], Examples().Select(row => row.Data.Item2).Order());

    [Theory]
    [MemberData(nameof(Examples))]
    public void The_digits_of_the_page_are_those_of_the_map(string page, string cell)
    {
        Match example = Example().Matches(Repository.Read(page)).Single(match => match.Groups["cell"].Value == cell);
        DenseMap map = MapOf(cell, Weights(example.Groups["weights"].Value));
        int lines = 0;
        foreach (Match line in Line().Matches(example.Groups["map"].Value))
        {
            double[] printed =
            [
                .. line.Groups["number"].Captures.Select(number => double.Parse(number.Value, CultureInfo.InvariantCulture)),
            ];
            double[] found = [.. new[] { (0, 0), (1, 0), (1, 1) }.Select(at => Entry(map, line, at.Item1, at.Item2))];
            if (printed.Length == 4)
                found = [.. found, found.Sum()];
            for (int i = 0; i < printed.Length; i++)
                Assert.True(Math.Abs(printed[i] - found[i]) <= HalfADigit * 1.01, $"{page}, {line.Value.Trim()}: computed {found[i]:f9}");
            Assert.Equal(0, Entry(map, line, 0, 1)); // no loss reaches a later use
            lines++;
        }
        Network network = map.Network;
        Assert.Equal(network.Cell.State.Count + network.ParameterCount, lines);
    }

    // x = 1, −0.5 and L_t = h_t from a zero state: every seed is 1 on h
    private static DenseMap MapOf(string cell, Dictionary<string, double[]> weights)
    {
        var network = new Network
        {
            Cell = AllCells.Named(cell)!,
            Inputs = 1,
            Hidden = 1,
            Outputs = 0,
            Biases = weights.ContainsKey("bias_hh_l0") ? Biases.Two : Biases.One,
        };
        var parameters = new Parameters<double>(network);
        foreach (Block block in network.Blocks)
            weights[block.Name].CopyTo(parameters[block]);
        var batch = Batch.OfValues([1, -0.5], 2, 1, 1, new ClassTargets([ClassTargets.Ignored, ClassTargets.Ignored]));
        Trace<double> trace = new Model<double>(network, parameters).Forward(batch);
        return DenseMap.Of(trace, Seeds<double>.Given(trace, [1, 1]));
    }

    private static double Entry(DenseMap map, Match line, int t, int k)
    {
        string name = line.Groups["name"].Value,
            part = line.Groups["part"].Value;
        Cell cell = map.Network.Cell;
        if (name == "adjoint")
            return map.Adjoint(0, t, k, 0)[cell.State.ToList().IndexOf(part)];
        Block block = map.Network[name];
        IEnumerable<string> parts = block.Kind == BlockKind.Unit ? cell.UnitParameters : cell.Gates.Select(gate => gate.Name);
        return map.Entry(block, t, k)[parts.ToList().IndexOf(part)];
    }

    private static Dictionary<string, double[]> Weights(string lines) =>
        lines
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(line => line.Split('='))
            .ToDictionary(
                sides => sides[0].Trim(),
                sides => sides[1].Split(',').Select(number => double.Parse(number, CultureInfo.InvariantCulture)).ToArray()
            );

    [GeneratedRegex(@"```text example (?<cell>\S+)\n(?<weights>.*?)```.*?```text map\n(?<map>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Example();

    [GeneratedRegex(@"^(?<name>adjoint|\w+_l0) (?<part>\w*)(?:\s+(?<number>-?\d+\.\d{7}))+$", RegexOptions.Multiline)]
    private static partial Regex Line();
}
