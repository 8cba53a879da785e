namespace Farback.Cli.Terminal;

/// <summary>Progress that is told at once, on the thread that makes it.</summary>
internal sealed class Told(Action<double> tell) : IProgress<double>
{
    public void Report(double value) => tell(value);
}
