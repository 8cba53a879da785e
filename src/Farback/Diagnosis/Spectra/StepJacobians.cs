using Farback.Adjoints;
using Farback.Networks;

namespace Farback.Diagnosis.Spectra;

/// <summary>J = ∂s_{p+1}/∂s_p of single walk steps, exactly, for any cell: of the joint state of all layers, or of one layer in one direction.</summary>
/// <remarks>
///   The one sweep with identity rows. The joint state counts its coordinates by layer, part and unit, as <see cref="StateJacobian"/>
///   does; of one site they are counted by part and unit, its input held fixed. Halves that walk in opposite directions have no joint
///   state, but each has its own. n rows a step: n vector–Jacobian products. The memory is taken once.
/// </remarks>
/// <typeparam name="T">The run's precision; the Jacobian is read in double.</typeparam>
public sealed class StepJacobians<T>
    where T : unmanaged
{
    private readonly Trace<T> _trace;
    private readonly Sweep<T> _sweep;
    private readonly int _first;

    /// <summary>Of the joint state, or of a site.</summary>
    /// <param name="trace">The run.</param>
    /// <param name="site">The place of a layer and direction among the model's sites; null for the joint state of all layers.</param>
    /// <exception cref="ArgumentException">The joint state of a bidirectional network, or a site without memory.</exception>
    public StepJacobians(Trace<T> trace, int? site = null)
    {
        ArgumentNullException.ThrowIfNull(trace);
        Network network = trace.Model.Network;
        int own = network.Cell.State.Count * network.Hidden;
        if (site is null && network.Bidirectional)
            throw new ArgumentException(
                "step Jacobians: a bidirectional network has no joint state, because its halves walk in opposite directions; ask for one layer and direction."
            );
        if (site is { } asked && (asked < 0 || asked >= network.Layers * network.Directions))
            throw new ArgumentException(
                $"step Jacobians: expected a layer and direction from 0 to {network.Layers * network.Directions - 1}, got {asked}."
            );
        (_trace, Site, _first) = (trace, site, (site ?? 0) * own);
        Coordinates = site is null ? network.Layers * own : own;
        _sweep = new(trace.Model, trace.Times, Coordinates);
    }

    /// <summary>The layer and direction; null for the joint state.</summary>
    public int? Site { get; }

    /// <summary>n.</summary>
    public int Coordinates { get; }

    /// <summary>The walk step at which an input position is met.</summary>
    public int WalkStep(int time) => _trace.Model.Sites[Site ?? 0].WalkStep(time, _trace.Times);

    /// <summary>The walk steps of a lane that are not padding: from the first to before the end.</summary>
    public (int First, int End) Steps(int lane) => (_trace.Layers[Site ?? 0].First[lane], _trace.Layers[Site ?? 0].End[lane]);

    /// <summary>Overwrites J of one walk step, row by row: [coordinate of s_{p+1}, coordinate of s_p].</summary>
    public void Read(int lane, int p, Span<double> jacobian)
    {
        (int first, int end) = Steps(lane);
        if (p < first || p >= end)
            throw new ArgumentOutOfRangeException(nameof(p), p, $"lane {lane} walks steps {first} to {end - 1}.");
        int time = WalkStep(p); // its own inverse
        var reader = new OneStep(_first, Coordinates);
        _sweep.Walk(_trace, seeds: null, RowPlan.Identity(Coordinates, lane, time, time - 1, _first), reader, scaled: true);
        reader.Jacobian.CopyTo(jacobian);
    }

    // what one step's rows carry to the state before it; the same step's upper layers are coordinates of their own
    private sealed class OneStep(int first, int coordinates) : Reader<T>
    {
        public double[] Jacobian { get; } = new double[coordinates * coordinates];

        public override void Carried(in Position<T> at)
        {
            int parts = at.Rows.Parts,
                units = at.Rows.Units,
                column = at.SiteIndex * parts * units - first;
            if (column < 0 || column >= coordinates)
                return;
            for (int row = at.First; row < at.Last; row++)
            for (int part = 0; part < parts; part++)
            for (int unit = 0; unit < units; unit++)
                Jacobian[row * coordinates + column + part * units + unit] = Math.ScaleB(
                    Real.ToDouble(at.Rows.At(row, part, unit)),
                    at.Rows.Exponent[row]
                );
        }
    }
}
