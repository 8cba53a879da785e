namespace Farback.Cli.Measuring;

/// <summary>One measured line; a peer's line has the same names where it has them at all.</summary>
/// <param name="Peer">Who ran: farback, torch, onednn, …</param>
/// <param name="What">What ran: forward, step, map, …</param>
/// <param name="Cell">The cell.</param>
/// <param name="T">Steps.</param>
/// <param name="B">Lanes.</param>
/// <param name="I">Inputs.</param>
/// <param name="H">Units.</param>
/// <param name="Threads">Threads.</param>
/// <param name="MedMs">Milliseconds, the median of the repeats.</param>
/// <param name="MinMs">Milliseconds, the least.</param>
/// <param name="Reps">Repeats.</param>
/// <param name="Gflops">Useful GFLOP/s at the median.</param>
/// <param name="PeakGflops">The machine's, measured just before.</param>
internal sealed record Row(
    string Peer,
    string What,
    string Cell,
    int T,
    int B,
    int I,
    int H,
    int Threads,
    double MedMs,
    double MinMs,
    int Reps,
    double Gflops,
    double PeakGflops
)
{
    public Shape Shape => new(T, B, I, H);

    /// <summary>The part of the peak that was useful.</summary>
    public double OfPeak => PeakGflops > 0 ? Gflops / PeakGflops : 0;
}
