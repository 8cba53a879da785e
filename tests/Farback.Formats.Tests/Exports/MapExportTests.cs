using System.Globalization;
using System.Text;
using System.Text.Json;
using Farback.Cells;
using Farback.Formats.Tests.Runs;
using Farback.Gradients;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Formats.Tests.Exports;

/// <summary>A map in a file is the map: its shares make 1 there too, and every array says along which axes it runs.</summary>
public sealed class MapExportTests
{
    private const int Times = 6;

    // the sum of T² shares of double numbers, each rounded
    private const double Rounding = 1e-12;

    private static GradientMap Map()
    {
        var network = new Network
        {
            Cell = AllCells.Lstm,
            Inputs = 2,
            Hidden = 3,
            Outputs = 4,
        };
        var random = new Random(1);
        Batch batch = Batch.OfValues(
            [.. Enumerable.Range(0, Times * 2 * 2).Select(_ => random.NextDouble())],
            Times,
            2,
            2,
            new ClassTargets([.. Enumerable.Range(0, Times * 2).Select(i => i % 4)])
        );
        Trace<double> trace = new Model<double>(network, Initial.Default.Draw(network, seed: 1)).Forward(batch);
        return GradientMap.Of(trace, LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Sum));
    }

    [Fact]
    public void Shares_in_every_format_make_1()
    {
        using var folder = new TemporaryFolder();
        GradientMap map = Map();
        LagProfile profile = Profiles.Of(map, maximum: 2);
        string npz = Path.Combine(folder.Path, "map.npz"),
            safetensors = Path.Combine(folder.Path, "map.safetensors"),
            csv = Path.Combine(folder.Path, "map.csv");
        foreach (string path in new[] { npz, safetensors, csv })
            MapExport.Write(path, map, profile);
        using NpzFile arrays = NpzFile.Open(npz);
        using SafetensorsFile tensors = SafetensorsFile.Open(safetensors);
        Assert.Equal(1, arrays["share.all"].ToDoubles().Where(double.IsFinite).Sum(), Rounding);
        Assert.Equal(arrays["share.all"].ToBytes(), tensors["share.all"].ToBytes());
        Assert.Equal([Times, Times], arrays["share.all"].Shape);
        string[][] rows = [.. File.ReadLines(csv).Skip(1).Select(line => line.Split(','))];
        Assert.All(rows, row => Assert.Equal(6, row.Length));
        Assert.Equal(
            1,
            rows.Where(row => row[0] == "share" && row[1] == "all").Sum(row => double.Parse(row[5], CultureInfo.InvariantCulture)),
            Rounding
        );
        Assert.Equal(1, arrays["share_by_lag"].ToDoubles().Sum(), Rounding);
    }

    [Fact]
    public void Every_array_has_named_axes_that_are_as_long_as_it_is()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "map.npz");
        GradientMap map = Map();
        MapExport.Write(path, map, Profiles.Of(map, maximum: 2));
        using NpzFile file = NpzFile.Open(path);
        var axes = JsonSerializer.Deserialize<Dictionary<string, string[]>>(Encoding.UTF8.GetString(file["axes"].ToBytes()))!;
        foreach (Tensor tensor in file.Tensors.Where(tensor => tensor.Name != "axes"))
            Assert.Equal(tensor.Shape, axes[tensor.Name].Select(axis => file[axis].Count));
        Assert.Equal(file.Tensors.Count - 1, axes.Count);
    }

    [Fact]
    public void Another_extension_is_refused() =>
        Assert.Contains(
            ".npz, .safetensors or .csv",
            Assert.Throws<ArgumentException>(() => MapExport.Write("map.xlsx", Map(), Profiles.Of(Map(), maximum: 2))).Message,
            StringComparison.Ordinal
        );
}
