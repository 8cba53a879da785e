using System.Globalization;
using System.Text;
using System.Text.Json;
using Farback.Gradients;

namespace Farback.Formats;

/// <summary>A map, its shares by lag and its profile as arrays with named axes, for numpy, pandas and whatever reads safetensors.</summary>
/// <remarks>
///   Arrays: <c>loss_time</c> [R], <c>use_time</c> [T]; for each series (all, each block, each gate) <c>log2_norm.NAME</c> and
///   <c>share.NAME</c> [loss_time, use_time], NaN where the map has no entry, −∞ where it is zero; <c>class</c> [loss_time, use_time], the kind
///   of number of "all" (the place in <see cref="CellClass"/>, 255 for no entry); <c>lag</c> and <c>share_by_lag</c> [lag]; <c>profile_lag</c>,
///   <c>profile_log10_typical</c>, <c>_low</c>, <c>_high</c>, <c>_mean</c>, <c>profile_count</c> [profile_lag]. The axes of every array stand as
///   JSON in safetensors' header text "axes" and in npz' array "axes" (bytes). CSV: one row a number, columns quantity, series, loss_time,
///   use_time, lag, value.
/// </remarks>
public static class MapExport
{
    private const byte NoEntry = byte.MaxValue;

    /// <summary>Writes by the file's extension: .npz, .safetensors or .csv; whole or not at all.</summary>
    /// <exception cref="ArgumentException">The extension is none of these.</exception>
    public static void Write(string path, GradientMap map, LagProfile profile)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(map);
        ArgumentNullException.ThrowIfNull(profile);
        switch (Path.GetExtension(path))
        {
            case ".csv":
                AtomicFile.Write(path, stream => WriteTable(stream, map, profile));
                break;
            case ".npz":
                (Tensor[] arrays, string axes) = Arrays(map, profile);
                byte[] bytes = Encoding.UTF8.GetBytes(axes);
                NpzFile.Write(path, [.. arrays, Tensor.Of("axes", Dtype.U8, [bytes.Length], bytes)]);
                break;
            case ".safetensors":
                (Tensor[] tensors, string names) = Arrays(map, profile);
                SafetensorsFile.Write(path, tensors, new Dictionary<string, string> { ["axes"] = names, ["map"] = map.Label });
                break;
            default:
                throw new ArgumentException($"--export: expected a name that ends in .npz, .safetensors or .csv, got '{path}'.");
        }
    }

    /// <summary>Refuses a name that <see cref="Write"/> would refuse.</summary>
    public static bool Knows(string path) => Path.GetExtension(path) is ".npz" or ".safetensors" or ".csv";

    private static (Tensor[] Arrays, string Axes) Arrays(GradientMap map, LagProfile profile)
    {
        List<Tensor> arrays = [];
        SortedDictionary<string, string[]> axes = new(StringComparer.Ordinal);
        void Add(string name, double[] values, params string[] along)
        {
            arrays.Add(
                Tensor.Of(name, along.Length == 2 ? [map.LossTimes.Count, map.Times] : [values.Length], (ReadOnlySpan<double>)values)
            );
            axes[name] = along;
        }
        void Count(string name, IEnumerable<int> values, string along)
        {
            long[] numbers = [.. values.Select(value => (long)value)];
            arrays.Add(Tensor.Of(name, [numbers.Length], (ReadOnlySpan<long>)numbers));
            axes[name] = [along];
        }
        Count("loss_time", map.LossTimes, "loss_time");
        Count("use_time", Enumerable.Range(0, map.Times), "use_time");
        foreach (MapSeries series in map.Series)
        {
            Add(
                $"log2_norm.{series.Name}",
                [.. Entries(map).Select(at => at.Entry < 0 ? double.NaN : series.Log2Norm[at.Entry])],
                "loss_time",
                "use_time"
            );
            Add(
                $"share.{series.Name}",
                [.. Entries(map).Select(at => at.Entry < 0 ? double.NaN : series.Share[at.Entry])],
                "loss_time",
                "use_time"
            );
        }
        byte[] classes = [.. Entries(map).Select(at => at.Entry < 0 ? NoEntry : (byte)map.All.Class[at.Entry])];
        arrays.Add(Tensor.Of("class", Dtype.U8, [map.LossTimes.Count, map.Times], classes));
        axes["class"] = ["loss_time", "use_time"];
        IReadOnlyList<LagShare> shares = map.SharesByLag();
        Count("lag", shares.Select(one => one.Lag), "lag");
        Add("share_by_lag", [.. shares.Select(one => one.Share)], "lag");
        Count("profile_lag", profile.Points.Select(point => point.Lag), "profile_lag");
        foreach ((string name, Func<LagPoint, double> of) in Columns)
            Add($"profile_{name}", [.. profile.Points.Select(of)], "profile_lag");
        Count("profile_count", profile.Points.Select(point => point.Count), "profile_lag");
        return ([.. arrays], JsonSerializer.Serialize(axes));
    }

    private static (string Name, Func<LagPoint, double> Of)[] Columns =>
        [
            ("log10_typical", point => point.Log10Typical),
            ("log10_low", point => point.Log10Low),
            ("log10_high", point => point.Log10High),
            ("log10_mean", point => point.Log10Mean),
        ];

    private static IEnumerable<(int Loss, int Use, int Entry)> Entries(GradientMap map) =>
        map.LossTimes.SelectMany(t => Enumerable.Range(0, map.Times).Select(k => (t, k, map.Entry(t, k))));

    private static void WriteTable(Stream stream, GradientMap map, LagProfile profile)
    {
        using var text = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        void Row(string quantity, string series, int? loss, int? use, int? lag, double value) =>
            text.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{quantity},{series},{loss},{use},{lag},{Number(value)}"));
        text.WriteLine("quantity,series,loss_time,use_time,lag,value");
        foreach (MapSeries series in map.Series)
        foreach ((int loss, int use, int entry) in Entries(map))
        {
            if (entry < 0 || series.Class[entry] is CellClass.NoPath or CellClass.NotALoss or CellClass.CutByTruncation)
                continue;
            Row("log2_norm", series.Name, loss, use, loss - use, series.Log2Norm[entry]);
            Row("share", series.Name, loss, use, loss - use, series.Share[entry]);
        }
        foreach (LagShare one in map.SharesByLag())
            Row("share_by_lag", "all", null, null, one.Lag, one.Share);
        foreach (LagPoint point in profile.Points)
        {
            foreach ((string name, Func<LagPoint, double> of) in Columns)
                Row($"profile_{name}", "all", null, null, point.Lag, of(point));
            Row("profile_count", "all", null, null, point.Lag, point.Count);
        }
    }

    // as numpy and pandas spell them
    private static string Number(double value) =>
        double.IsNaN(value) ? "nan"
        : double.IsInfinity(value) ? (value > 0 ? "inf" : "-inf")
        : value.ToString("R", CultureInfo.InvariantCulture);
}
