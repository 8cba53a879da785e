using Farback.Tests.Reference;
using Farback.Training;

namespace Farback.Tests.Training;

/// <summary>The published tests of ONNX's training operators, one step in float32.</summary>
/// <remarks>
///   Inputs: R learning rate, T step, X parameters, G gradient, then the state; outputs: X, then the state. X1, X2 … where there are
///   several tensors are one flat array here. ONNX's T is 0 in all of them, which means no bias correction for Adam: our step count
///   at infinity.
/// </remarks>
public sealed class OptimisersAsOnnxTests
{
    // a dozen roundings of 6e-8 on each side
    private const double FloatRoundings = 24 * 5.9604645e-8;

    private static readonly string[] Operators = ["test_momentum", "test_nesterov", "test_adagrad", "test_adam"];

    public static TheoryData<string> Tests()
    {
        string[] folders = ReferenceFolder.Find("onnx") is { } onnx ? Directory.GetDirectories(onnx) : [];
        TheoryData<string> data =
        [
            .. folders
                .Select(folder => Path.GetFileName(folder))
                .Where(test => Operators.Any(known => test.StartsWith(known, StringComparison.Ordinal)))
                .Order(StringComparer.Ordinal),
        ];
        if (data.Count == 0)
            data.Add("");
        return data;
    }

    [Theory]
    [MemberData(nameof(Tests))]
    public void The_published_operator_test_is_met(string test)
    {
        string folder = ReferenceFolder.Require("onnx");
        Assert.SkipWhen(test.Length == 0, $"The folder {folder} holds no test of an optimiser.");
        folder = Path.Combine(folder, test);
        List<float[]> given = Tensors(folder, "input_*.pb"),
            expected = Tensors(folder, "output_*.pb");
        (float rate, float[] parameters, float[] gradient) = (given[0][0], given[2], given[3]);
        List<float[]> state = given[4..];

        Optimiser<float> optimiser = Create(test, parameters.Length, Attributes(folder));
        Assert.Equal(state.Count, optimiser.State.Count);
        for (int i = 0; i < state.Count; i++)
            state[i].CopyTo(optimiser.State[i].Values, 0);
        if (optimiser is Adam<float>)
            optimiser.Steps = 1_000_000;
        optimiser.Step(parameters, gradient, rate);

        AssertSame(expected[0], parameters, "parameters");
        for (int i = 0; i < state.Count; i++)
            AssertSame(expected[i + 1], optimiser.State[i].Values, optimiser.State[i].Name);
    }

    private static Optimiser<float> Create(string test, int count, Dictionary<string, ReferenceMessage> attributes)
    {
        double decay = Value("norm_coefficient");
        if (test.StartsWith("test_adam", StringComparison.Ordinal))
            return new Adam<float>(count, Value("alpha"), Value("beta"), Value("epsilon"), decay);
        if (test.StartsWith("test_adagrad", StringComparison.Ordinal))
            return new Adagrad<float>(count, Value("decay_factor"), Value("epsilon"), decay);
        return attributes["mode"].Text(4) == "nesterov"
            ? new Nesterov<float>(count, Value("alpha"), decay)
            : new Sgd<float>(count, Value("alpha"), decay);

        // the float as it was written in decimals: 0.95, not 0.949999988
        double Value(string name) =>
            attributes.TryGetValue(name, out ReferenceMessage? attribute) ? (double)(decimal)attribute.Single(2) : 0;
    }

    private static void AssertSame(float[] expected, float[] found, string what) =>
        Close.Normwise([.. expected.Select(x => (double)x)], [.. found.Select(x => (double)x)], FloatRoundings, what);

    // TensorProto: name = 8, raw_data = 9
    private static List<float[]> Tensors(string folder, string pattern) =>
        [
            .. Directory
                .GetFiles(Path.Combine(folder, "test_data_set_0"), pattern)
                .OrderBy(path => path, StringComparer.Ordinal)
                .Select(ReferenceMessage.Read)
                .GroupBy(tensor => tensor.Text(8)[0])
                .Select(group => group.SelectMany(tensor => tensor.Singles(9)).ToArray()),
        ];

    // ModelProto: graph = 7; GraphProto: node = 1; NodeProto: attribute = 5; AttributeProto: name = 1, f = 2, s = 4
    private static Dictionary<string, ReferenceMessage> Attributes(string folder) =>
        ReferenceMessage
            .Read(Path.Combine(folder, "model.onnx"))
            .Messages(7)
            .Single()
            .Messages(1)
            .Single()
            .Messages(5)
            .ToDictionary(attribute => attribute.Text(1));
}
