using System.Globalization;
using System.Text.Json;
using Farback.Formats.Onnx;
using Farback.Formats.Onnx.Wire;

namespace Farback.Formats.Tests.Onnx;

/// <summary>Calls of RNN, GRU and LSTM with what ONNX Runtime's own tests expect of them.</summary>
public sealed class OnnxRuntimeCasesTests(ITestOutputHelper output)
{
    // of the output's norm; and no closer than the digits that a number was written down with, which are five at least
    private const double Tolerance = 1e-5;
    private const int FewestDigits = 5;

    [Fact]
    public void Every_call_agrees_or_is_refused_as_it_should_be()
    {
        int agreed = 0,
            refused = 0;
        List<string> wrong = [];
        foreach (string file in ReferenceFolder.Files("onnxruntime", "*.json"))
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(file));
            foreach (JsonElement test in document.RootElement.EnumerateArray())
            {
                string name = $"{Path.GetFileName(file)} {test.GetProperty("id")} {test.GetProperty("test")}";
                bool succeeds = test.GetProperty("expect").GetString() == "success";
                try
                {
                    double distance = Distance(test);
                    output.WriteLine($"{name}: {distance:e1}");
                    if (succeeds && distance <= Tolerance)
                        agreed++;
                    else
                        wrong.Add($"{name}: {distance:e1} apart{(succeeds ? "" : ", and should be refused")}");
                }
                catch (MalformedFileException error) when (!succeeds)
                {
                    output.WriteLine($"{name} is refused: {error.Message}");
                    refused++;
                }
                catch (Exception error) when (error is FormatException or NotSupportedException)
                {
                    wrong.Add($"{name}: {error.Message}");
                }
            }
        }
        output.WriteLine($"{agreed} agree, {refused} refused");
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
        Assert.True(agreed > 0);
    }

    private static double Distance(JsonElement test)
    {
        (string Name, Value Value)?[] inputs = [.. test.GetProperty("inputs").EnumerateArray().Select(Tensor)];
        (string Name, Value Value)?[] outputs = [.. test.GetProperty("outputs").EnumerateArray().Select(Tensor)];
        NodeProto node = Made.Node(
            test.GetProperty("op").GetString()!,
            string.Join(',', inputs.Select((input, i) => input is null ? "" : $"in{i}")),
            string.Join(',', outputs.Select((expected, i) => expected is null ? "" : $"out{i}")),
            [
                .. test.GetProperty("attributes")
                    .EnumerateObject()
                    .Select(attribute => (attribute.Name, Attribute(attribute.Name, attribute.Value))),
            ]
        );
        ModelProto model = Made.Model(14, node);
        (string, Value)[] given =
        [
            .. inputs
                .Select((input, i) => ($"in{i}", input?.Value))
                .Where(input => input.Value is not null)
                .Select(input => (input.Item1, input.Value!)),
        ];
        foreach ((string name, _) in given)
            model.Input(name);
        for (int i = 0; i < outputs.Length; i++)
            if (outputs[i] is not null)
                model.Output($"out{i}");
        Evaluator run = model.Run(given);
        double worst = 0;
        for (int i = 0; i < outputs.Length; i++)
        {
            if (outputs[i]?.Value is not { } expected)
                continue;
            Value found = run[$"out{i}"]!;
            Assert.Equal(expected.Shape, found.Shape);
            double size = expected.Reals.Max(Math.Abs);
            int digits = Math.Max(FewestDigits, expected.Reals.Max(DigitsOf));
            for (int at = 0; at < expected.Count; at++)
            {
                double x = expected.Reals[at],
                    apart = Math.Max(0, Math.Abs(found.Reals[at] - x) - HalfOfTheLast(x, digits));
                worst = Math.Max(worst, apart == 0 ? 0 : apart / size);
            }
        }
        return worst;
    }

    // significant digits of a float as somebody typed it: 0.090715 has five
    private static int DigitsOf(double x) =>
        x == 0
            ? 0
            : Enumerable
                .Range(1, 9)
                .First(digits =>
                    float.Parse(((float)x).ToString($"E{digits - 1}", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)
                    == (float)x
                );

    private static double HalfOfTheLast(double x, int digits) =>
        x == 0 ? 0 : 0.5 * Math.Pow(10, Math.Floor(Math.Log10(Math.Abs(x))) + 1 - digits);

    private static (string Name, Value Value)? Tensor(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Null)
            return null;
        int[] shape = [.. element.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32())];
        double[] numbers = [.. element.GetProperty("data").EnumerateArray().Select(number => number.GetDouble())];
        string type = element.GetProperty("dtype").GetString()!;
        return (
            element.GetProperty("name").GetString()!,
            Dtype.Find(type) is { Real: not null } real
                ? Value.Of(real, shape, numbers)
                : Value.Of(Dtype.Find(type)!, shape, Array.ConvertAll(numbers, number => (long)number))
        );
    }

    private static object Attribute(string name, JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!,
            JsonValueKind.Number when name == "clip" => value.GetSingle(),
            JsonValueKind.Number => value.GetInt32(),
            JsonValueKind.Array when value.GetArrayLength() > 0 && value[0].ValueKind == JsonValueKind.String => value
                .EnumerateArray()
                .Select(text => text.GetString()!)
                .ToArray(),
            _ => value.EnumerateArray().Select(number => number.GetSingle()).ToArray(),
        };
}
