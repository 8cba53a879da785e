using Farback.Gradients;

namespace Farback.Formats;

/// <summary>A gradient map as safetensors: sizes and signed shares of all weights together, [loss time][use time].</summary>
public static class MapFile
{
    /// <summary>Writes a map whole or not at all; NaN where it has no entry.</summary>
    public static void Write(string path, GradientMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        int times = map.Times;
        double[] norm = new double[times * times],
            share = new double[times * times];
        for (int t = 0; t < times; t++)
        for (int k = 0; k < times; k++)
        {
            int entry = map.Entry(t, k);
            (norm[t * times + k], share[t * times + k]) =
                entry < 0 ? (double.NaN, double.NaN) : (map.All.Log2Norm[entry], map.All.Share[entry]);
        }
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        SafetensorsFile.Write(
            path,
            [
                Tensor.Of("log2_norm", [times, times], (ReadOnlySpan<double>)norm),
                Tensor.Of("share", [times, times], (ReadOnlySpan<double>)share),
            ]
        );
    }
}
