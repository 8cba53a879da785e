using Farback.Sequences;
using Farback.Tiles;

namespace Farback.Networks;

/// <summary>A network with its parameters, compiled for a precision and a width: it runs.</summary>
/// <remarks>One caller at a time; several models share nothing but the process's <see cref="Team"/> of threads.</remarks>
/// <typeparam name="T">double (the truth), float (the speed) or <see cref="Dual"/> (the derivative along one direction).</typeparam>
public sealed class Model<T>
    where T : unmanaged
{
    private readonly int _panels, // of the recurrence with the most
        _meetings; // of threads that walk side by side, in a step through all layers
    private int? _threads;

    /// <summary>A model at the widest registers of this machine, or those that <see cref="Widths.Variable"/> names.</summary>
    public Model(Network network, Parameters<T> parameters)
        : this(network, parameters, Widths.Current) { }

    /// <summary>A model at a chosen width.</summary>
    /// <exception cref="ArgumentException">The parameters are another network's.</exception>
    public Model(Network network, Parameters<T> parameters, Width width)
    {
        if (parameters.Values.Length != network.ParameterCount)
            throw new ArgumentException(
                $"parameters: expected {network.ParameterCount:N0} values ({network.Cell.Title}, {network.Hidden} units, {network.Layers} layers), got {parameters.Values.Length:N0}."
            );
        (Network, Parameters) = (network, parameters);
        List<Site> sites = [];
        for (int layer = 0; layer < network.Layers; layer++)
        for (int direction = 0; direction < network.Directions; direction++)
            sites.Add(new(network, layer, direction));
        if (network.Outputs > 0)
            sites.Add(new(network, network.Layers, 0));
        Sites = sites;
        Recurrences = [.. sites.Select(site => Compile.Layer<T>(site.Cell, site.Inputs, site.Units, width))];
        Width = width;
        Weights = sites.Sum(site => (long)site.Weights);
        Recurrence<T>[] recurrent = [.. Recurrences.Where(recurrence => recurrence.Cell.IsRecurrent)];
        _panels = recurrent.Length == 0 ? 1 : recurrent.Max(recurrence => recurrence.UnitPanels);
        _meetings = recurrent.Sum(recurrence => recurrence.HasGate ? 2 : 1);
        Pack();
    }

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>Its parameters. After changing them call <see cref="Pack"/>.</summary>
    public Parameters<T> Parameters { get; }

    /// <summary>The width of the registers it runs in.</summary>
    public Width Width { get; }

    /// <summary>How many threads it runs on: as many as said; null for as many as pay, up to <see cref="Team.Most"/>. Every count gives the same bits.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not positive.</exception>
    public int? Threads
    {
        get => _threads;
        set =>
            _threads = value is null or > 0
                ? value
                : throw new ArgumentOutOfRangeException(nameof(value), value, "expected at least one thread.");
    }

    /// <summary>How many threads a walk over all its weights is worth.</summary>
    internal int ThreadsFor(double walks, int times, int lanes) =>
        Threads ?? Team.Worth(walks * 2 * Weights * times * lanes, LanesOfRegister);

    /// <summary>
    ///   How many threads should walk so few lanes side by side, each with some of the units, because there are no rows for all: as many as
    ///   said; else those that save most, each meeting counted as half as much again as it costs where cores are quiet.
    /// </summary>
    internal int Abreast(int times, int lanes)
    {
        int most = Math.Min(_panels, Threads ?? Team.Most);
        if (most < 2 || RowRange.Parts(lanes, 2) > 1)
            return 1;
        if (Threads is not null)
            return most;
        double step = Math.Max(Weights * Unsafe.SizeOf<T>() / 200e9, 2.0 * Weights * lanes / (16e9 * LanesOfRegister)); // from the second cache
        if (step * times < 8e-6)
            return 1;
        (int best, double saved) = (1, 2 * Team.Cost / times);
        for (int threads = 2; threads <= most; threads++)
            if ((threads - 1) * (step / threads - 1.5 * _meetings * Meeting.Cost) is var here && here > saved)
                (best, saved) = (threads, here);
        return best;
    }

    private int LanesOfRegister => Math.Max(1, (int)Width / (8 * Unsafe.SizeOf<T>()));

    /// <summary>How many weights its products have: each multiplies and adds once a lane and step.</summary>
    internal long Weights { get; }

    /// <summary>Every place where weights are used: layer by layer, forwards before backwards, the read-out last.</summary>
    public IReadOnlyList<Site> Sites { get; }

    /// <summary>The compiled recurrence of each site.</summary>
    public IReadOnlyList<Recurrence<T>> Recurrences { get; }

    /// <summary>Counts the packings, so that a sweep refuses a trace of other weights.</summary>
    public int Version { get; private set; }

    /// <summary>The place of a layer and direction among <see cref="Sites"/>.</summary>
    public int SiteIndex(int layer, int direction) => layer * Network.Directions + direction;

    /// <summary>The place of the read-out among <see cref="Sites"/>, or −1.</summary>
    public int ReadOut => Network.Outputs > 0 ? Sites.Count - 1 : -1;

    /// <summary>Lays the parameters out for the products. Call it whenever they have changed.</summary>
    public void Pack()
    {
        for (int site = 0; site < Sites.Count; site++)
            Recurrences[site].Pack(Parameters.Layer(Sites[site]));
        Version++;
    }

    /// <summary>Runs the network over a batch: s_t = F(s_{t−1}, x_t; θ).</summary>
    /// <param name="batch">The sequences.</param>
    /// <param name="reuse">A trace whose memory may be overwritten; used where its shape fits.</param>
    /// <param name="dropout">Random numbers for dropout in training; null for evaluation.</param>
    /// <param name="initial">The states to start from; null for the network's own.</param>
    public Trace<T> Forward(Batch batch, Trace<T>? reuse = null, RandomStream? dropout = null, States<T>? initial = null)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return ForwardSegment(batch, 0, batch.Times, reuse, dropout, initial);
    }

    /// <summary>Runs over a segment of a batch that begins at a time; what lies beyond the batch's end is padding.</summary>
    internal Trace<T> ForwardSegment(Batch batch, int from, int times, Trace<T>? reuse, RandomStream? dropout, States<T>? initial)
    {
        Trace<T> trace = reuse is not null && reuse.Fits(this, times, batch.Lanes) ? reuse : new Trace<T>(this, times, batch.Lanes);
        trace.Run(batch, dropout, initial, from);
        return trace;
    }
}
