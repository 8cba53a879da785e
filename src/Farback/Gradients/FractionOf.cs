namespace Farback.Gradients;

/// <summary>Progress of a part of the work, told as progress of the whole.</summary>
/// <param name="whole">Who is told.</param>
/// <param name="from">The fraction of the whole at which the part begins.</param>
/// <param name="to">The fraction at which it ends.</param>
internal sealed class FractionOf(IProgress<double> whole, double from, double to) : IProgress<double>
{
    public void Report(double value) => whole.Report(from + (to - from) * value);
}
