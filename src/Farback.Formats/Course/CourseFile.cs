using System.Text.Json;
using System.Text.RegularExpressions;
using Farback.Experiments;

namespace Farback.Formats;

/// <summary>A student's numbers in a file: one function of the course exercise, its inputs, and what the student's own code returned.</summary>
/// <remarks>
///   JSON: <c>{"function": "rnn_backward", "inputs": {"x": {"shape": [3,10,4], "data": [row-major]}, …}, "student": {"dWax": {…}, …}}</c>; NaN
///   and infinities, which a wrong program returns, as Python's json writes them or as texts. docs/course.md has the lines of numpy that write
///   it. The file comes from a stranger: at most <see cref="LargestFile"/> bytes are read, and every refusal is one sentence.
/// </remarks>
/// <param name="Function">Which of the eight.</param>
/// <param name="Inputs">Its arrays by the exercise's names.</param>
/// <param name="Student">What the student's function returned.</param>
public sealed partial record CourseFile(CourseFunction Function, CourseArrays Inputs, CourseArrays Student)
{
    /// <summary>The largest file that is read, in bytes; an exercise takes some thousand.</summary>
    public const int LargestFile = 64 << 20;

    private const int MostAxes = 3;

    /// <summary>Reads a file.</summary>
    /// <exception cref="MalformedFileException">It is not such JSON.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static CourseFile Read(string path)
    {
        var info = new FileInfo(path);
        if (info.Exists && info.Length > LargestFile)
            throw new MalformedFileException(path, $"{info.Length:N0} bytes", $"at most {LargestFile:N0}");
        return Parse(path, File.ReadAllText(path));
    }

    /// <summary>Reads text.</summary>
    /// <param name="name">What messages call it.</param>
    /// <param name="text">The JSON.</param>
    /// <exception cref="MalformedFileException">It is not such JSON.</exception>
    public static CourseFile Parse(string name, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(Quoted(text), new() { MaxDepth = 8 });
        }
        catch (JsonException error)
        {
            throw new MalformedFileException(
                name,
                $"line {error.LineNumber + 1} is no JSON",
                "an object with \"function\", \"inputs\" and \"student\", as docs/course.md writes it"
            );
        }
        using (document)
        {
            if (
                document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("function", out JsonElement function)
                || function.ValueKind != JsonValueKind.String
            )
                throw new MalformedFileException(
                    name,
                    "there is no \"function\"",
                    $"one of {string.Join(", ", CourseFunction.All.Select(one => one.Name))}"
                );
            string called = function.GetString()!;
            CourseFunction found =
                CourseFunction.All.FirstOrDefault(one => one.Name == called)
                ?? throw new MalformedFileException(
                    name,
                    $"function {MalformedFileException.Quote(called)}",
                    $"one of {string.Join(", ", CourseFunction.All.Select(one => one.Name))}"
                );
            return new(found, Arrays(name, document.RootElement, "inputs"), Arrays(name, document.RootElement, "student"));
        }
    }

    // Python's json writes NaN, Infinity and -Infinity bare; here they become texts
    private static string Quoted(string text) => NotFinite().Replace(text, "\"$0\"");

    [GeneratedRegex(@"(?<![\w""])(-?Infinity|NaN)(?![\w""])")]
    private static partial Regex NotFinite();

    private static CourseArrays Arrays(string file, JsonElement root, string part)
    {
        if (!root.TryGetProperty(part, out JsonElement all) || all.ValueKind != JsonValueKind.Object)
            throw new MalformedFileException(
                file,
                $"there is no \"{part}\"",
                "an object of arrays by name, each {\"shape\": […], \"data\": […]}"
            );
        var arrays = new CourseArrays();
        foreach (JsonProperty one in all.EnumerateObject())
            if (!arrays.TryAdd(one.Name, Array(file, $"{part}: {MalformedFileException.Quote(one.Name)}", one.Value)))
                throw new MalformedFileException(
                    file,
                    $"{part}: {MalformedFileException.Quote(one.Name)} stands there twice",
                    "each array once"
                );
        return arrays;
    }

    private static CourseArray Array(string file, string name, JsonElement value)
    {
        if (
            value.ValueKind != JsonValueKind.Object
            || !value.TryGetProperty("shape", out JsonElement shape)
            || !value.TryGetProperty("data", out JsonElement data)
            || shape.ValueKind != JsonValueKind.Array
            || data.ValueKind != JsonValueKind.Array
        )
            throw new MalformedFileException(file, $"{name} is no array", "{\"shape\": [sizes], \"data\": [numbers, row-major]}");
        int count = data.GetArrayLength();
        List<int> sizes = [];
        long expected = 1;
        foreach (JsonElement size in shape.EnumerateArray())
        {
            if (size.ValueKind != JsonValueKind.Number || !size.TryGetInt32(out int axis) || axis < 1 || sizes.Count == MostAxes)
                throw new MalformedFileException(
                    file,
                    $"{name} has the shape {MalformedFileException.Quote(shape.GetRawText())}",
                    $"one to {MostAxes} whole numbers of 1 or more"
                );
            sizes.Add(axis);
            expected *= axis;
            if (expected > count)
                break; // far too large a shape must not overflow
        }
        if (sizes.Count == 0 || expected != count)
            throw new MalformedFileException(
                file,
                $"{name} has {count:N0} numbers",
                $"as many as its shape {MalformedFileException.Quote(shape.GetRawText())} holds"
            );
        var numbers = new double[count];
        int at = 0;
        foreach (JsonElement number in data.EnumerateArray())
            numbers[at++] = Number(file, name, number);
        return new([.. sizes], numbers);
    }

    private static double Number(string file, string name, JsonElement number) =>
        number.ValueKind == JsonValueKind.Number && number.TryGetDouble(out double value) ? value
        : number.ValueKind == JsonValueKind.String
            ? number.GetString() switch
            {
                "NaN" => double.NaN,
                "Infinity" => double.PositiveInfinity,
                "-Infinity" => double.NegativeInfinity,
                _ => throw NoNumber(file, name, number),
            }
        : throw NoNumber(file, name, number);

    private static MalformedFileException NoNumber(string file, string name, JsonElement number) =>
        new(file, $"{name} holds {MalformedFileException.Quote(number.GetRawText())}", "numbers in one flat list, row-major");
}
