using System.Runtime.InteropServices;

namespace Farback.Cli.Terminal;

/// <summary>Ctrl-C and SIGTERM: the first asks the work to stop where it can go on from, the second ends the process.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration[] _registrations;

    public StopSignals() =>
        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, On), PosixSignalRegistration.Create(PosixSignal.SIGTERM, On)];

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _stop.Token;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
        _stop.Dispose();
    }

    private void On(PosixSignalContext signal)
    {
        signal.Cancel = true;
        if (_stop.IsCancellationRequested)
            Environment.Exit(ExitCodes.Cancelled);
        Console.Error.WriteLine("farback: stopping; a second signal ends it at once.");
        _stop.Cancel();
    }
}
