using Farback.Adjoints;
using Farback.Networks;
using Farback.Tiles;

namespace Farback.Gradients;

/// <summary>What making a map takes in memory besides the map itself. Given once more, the next map of the same model and shape allocates little but its own numbers.</summary>
/// <remarks>One map at a time. It holds 2·T·B numbers a unit and gate, and a few for every row that walks, until it is let go.</remarks>
/// <typeparam name="T">float or double.</typeparam>
public sealed class MapMemory<T>
    where T : unmanaged
{
    private (Model<T>? Model, int Times, int Lanes, Truncation? Truncation) _shape;
    private UseTables<T>?[] _tables = [];
    private Recurrence<T>?[] _projectors = [];
    private Sweep<T>?[] _sweeps = [];
    private int _rows;

    /// <summary>The ordinary gradient's, where one run holds the whole sequence; and with it the memory of the map's own sum.</summary>
    internal Bptt<T>? Bptt { get; private set; }

    /// <summary>∇J, which shares are shares of.</summary>
    internal Parameters<T>? Gradient { get; private set; }

    /// <summary>What the map adds up to.</summary>
    internal Parameters<T>? Total { get; private set; }

    /// <summary>What enters.</summary>
    internal Seeds<T>? Seeds { get; set; }

    /// <summary>Takes a run's shape on; what was kept for another is let go.</summary>
    internal void Fit(Trace<T> trace, Truncation? truncation)
    {
        var shape = (trace.Model, trace.Times, trace.Lanes, truncation);
        if (_shape == shape)
            return;
        _shape = shape;
        _tables = new UseTables<T>?[trace.Model.Sites.Count];
        _projectors = new Recurrence<T>?[trace.Model.Sites.Count];
        (_sweeps, Bptt, Seeds) = ([], null, null);
        (Gradient, Total) = (new(trace.Model.Network), new(trace.Model.Network));
    }

    /// <summary>∇J of the run that it fits.</summary>
    internal Parameters<T> GradientOf(Trace<T> trace, LossField losses)
    {
        Bptt ??= new(trace.Model, _shape.Truncation);
        Bptt.Run(trace, losses, Gradient!);
        return Gradient!;
    }

    /// <summary>A site's tables, to be filled in.</summary>
    internal UseTables<T> Tables(int site, LayerTrace<T> run, bool ofInput, bool shares)
    {
        if (_tables[site]?.Fits(run, ofInput, shares) != true)
            _tables[site] = new(_shape.Model!.Recurrences[site], run, ofInput, shares);
        return _tables[site]!;
    }

    /// <summary>A site's products with g in the place of the weights.</summary>
    internal Recurrence<T> Projector(int index)
    {
        Site site = _shape.Model!.Sites[index];
        return _projectors[index] ??= Compile.Layer<T>(site.Cell, site.Inputs, site.Units, _shape.Model.Width);
    }

    /// <summary>One sweep a thread, for so many rows.</summary>
    internal Sweep<T>?[] Sweeps(int threads, int rows)
    {
        if (_rows != rows)
            _sweeps = [];
        _rows = rows;
        if (_sweeps.Length < threads)
            Array.Resize(ref _sweeps, threads);
        return _sweeps;
    }
}
