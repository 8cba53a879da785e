using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Farback.Training;

namespace Farback.Formats;

/// <summary>A training's whole state as one safetensors file that knows its own hash.</summary>
/// <remarks>
///   The numbers are tensors; the rest is JSON in the header's text "state"; the text "sha256" is the hash of the file with that text's
///   64 digits zero. One file is one unit: renamed into its place it is there wholly or not at all, and one that was cut short or
///   changed anywhere is known by its hash.
/// </remarks>
public static class CheckpointFile
{
    private const string Model = "parameters",
        Best = "best",
        Carried = "carried",
        Optimiser = "optimiser.",
        StateKey = "state",
        HashKey = "sha256";

    private const int Digits = 64;
    private static readonly byte[] Mark = Encoding.ASCII.GetBytes($"\"{HashKey}\":\"");

    /// <summary>The bytes of a state's file.</summary>
    public static byte[] Write<T>(TrainingState<T> state)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(state);
        List<Tensor> tensors = [Of(Model, state.Parameters)];
        tensors.AddRange(state.Optimiser.Select(part => Of(Optimiser + part.Name, part.Values)));
        if (state.Best is not null)
            tensors.Add(Of(Best, state.Best));
        if (state.Carried is not null)
            tensors.Add(Of(Carried, state.Carried));
        Rest rest = new(
            state.Step,
            [.. state.Optimiser.Select(part => part.Name)],
            state.OptimiserSteps,
            Hex(state.Dropout),
            Hex(state.Batches),
            state.Position,
            state.CarriedLanes,
            state.BestScore,
            state.BestStep,
            state.Stale,
            state.Sums,
            state.Summed,
            state.History
        );
        using MemoryStream stream = new();
        SafetensorsFile.Write(
            stream,
            tensors,
            new Dictionary<string, string>
            {
                [StateKey] = JsonSerializer.Serialize(rest, RunJson.Options),
                [HashKey] = new string('0', Digits),
            }
        );
        byte[] bytes = stream.ToArray();
        Encoding.ASCII.GetBytes(HashOf(bytes), HashPlace(bytes));
        return bytes;
    }

    /// <summary>The state in a file's bytes.</summary>
    /// <param name="file">What the file is called in a sentence.</param>
    /// <param name="bytes">Its contents.</param>
    /// <exception cref="MalformedFileException">It was cut short or changed, or holds another precision.</exception>
    public static TrainingState<T> Read<T>(string file, byte[] bytes)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(bytes);
        CheckHash(file, bytes);
        using SafetensorsFile tensors = SafetensorsFile.Read(bytes, file);
        Rest rest = RunJson.Read<Rest>(file, tensors.Metadata[StateKey]);
        string dtype = typeof(T) == typeof(double) ? Dtype.F64.Name : Dtype.F32.Name;
        if (tensors[Model].Dtype.Name != dtype)
            throw new MalformedFileException(file, $"its parameters are {tensors[Model].Dtype}", dtype);
        return new()
        {
            Step = rest.Step,
            Parameters = Values<T>(tensors[Model]),
            Optimiser = [.. rest.Optimiser.Select(name => (name, Values<T>(tensors[Optimiser + name])))],
            OptimiserSteps = rest.OptimiserSteps,
            Dropout = Words(rest.Dropout),
            Batches = Words(rest.Batches),
            Position = rest.Position,
            Carried = tensors.Find(Carried) is { } carried ? Values<T>(carried) : null,
            CarriedLanes = rest.CarriedLanes,
            Best = tensors.Find(Best) is { } best ? Values<T>(best) : null,
            BestScore = rest.BestScore,
            BestStep = rest.BestStep,
            Stale = rest.Stale,
            Sums = rest.Sums,
            Summed = rest.Summed,
            History = rest.History,
        };
    }

    private static void CheckHash(string file, byte[] bytes)
    {
        Span<byte> place = HashPlace(bytes);
        string said = Encoding.ASCII.GetString(place);
        byte[] copy = [.. bytes];
        HashPlace(copy).Fill((byte)'0');
        if (place.IsEmpty || said != HashOf(copy))
            throw new MalformedFileException(
                file,
                $"this checkpoint of {bytes.Length:N0} bytes was cut short or changed: its contents do not have the hash it names",
                "a file that farback wrote to its end"
            );
    }

    // empty where there is none; the same text within "state" has its quotation marks escaped
    private static Span<byte> HashPlace(byte[] bytes)
    {
        int at = bytes.AsSpan().IndexOf(Mark);
        return at < 0 || at + Mark.Length + Digits > bytes.Length ? [] : bytes.AsSpan(at + Mark.Length, Digits);
    }

    private static string HashOf(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    internal static Tensor Of<T>(string name, T[] values, params ReadOnlySpan<long> shape)
        where T : unmanaged
    {
        ReadOnlySpan<long> sizes = shape.Length == 0 ? [values.Length] : shape;
        return values switch
        {
            double[] doubles => Tensor.Of(name, sizes, (ReadOnlySpan<double>)doubles),
            float[] floats => Tensor.Of(name, sizes, (ReadOnlySpan<float>)floats),
            _ => throw new NotSupportedException($"{name}: numbers are float or double, not {typeof(T).Name}."),
        };
    }

    private static T[] Values<T>(Tensor tensor)
        where T : unmanaged => typeof(T) == typeof(double) ? (T[])(object)tensor.ToDoubles() : (T[])(object)tensor.ToFloats();

    // 64 bits as text: JSON's numbers have 53 in most readers
    private static string[] Hex(ulong[] words) => [.. words.Select(word => word.ToString("x16", CultureInfo.InvariantCulture))];

    private static ulong[] Words(string[] hex) =>
        [.. hex.Select(word => ulong.Parse(word, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];

    private sealed record Rest(
        long Step,
        string[] Optimiser,
        long OptimiserSteps,
        string[] Dropout,
        string[] Batches,
        long Position,
        int CarriedLanes,
        double BestScore,
        long BestStep,
        int Stale,
        double[] Sums,
        int Summed,
        IReadOnlyList<HistoryRow> History
    );
}
