using System.Diagnostics;
using Farback.Formats;
using Farback.Numbers;

namespace Farback.Cli.Fuzzing;

/// <summary>Reads changed files, and counts what came of it.</summary>
/// <param name="seed">The seed; input i is the same whatever the number of threads.</param>
/// <param name="folder">Where an input that broke a reader is kept.</param>
internal sealed class FuzzTrial(long seed, string folder)
{
    private const int Part = 1000, // inputs between two words of progress
        MostKept = 20;
    private const long MostBytes = 256L << 20;
    private const double MostSeconds = 30;

    private readonly Lock _turn = new();
    private readonly Row[] _rows = [.. Sample.All.Select(sample => new Row(sample.Name))];
    private readonly List<Failure> _failures = [];

    /// <summary>What came of one reader's inputs.</summary>
    internal sealed record Row(string Reader)
    {
        public long Inputs { get; set; }
        public long Accepted { get; set; }
        public long Refused { get; set; }

        /// <summary>The most bytes that were allocated for one input, all together and not at a time.</summary>
        public long MostAllocated { get; set; }

        /// <summary>Of one input: the bytes allocated, without the first 64 KiB, for each of its own.</summary>
        public double MostAllocatedPerByte { get; set; }

        public double SlowestMilliseconds { get; set; }
    }

    /// <summary>An input that a reader neither accepted nor refused as it should.</summary>
    internal sealed record Failure(string Reader, long Seed, int Input, string What, string File);

    /// <summary>What came of it.</summary>
    internal sealed record Result(long Seed, long Inputs, double Seconds, IReadOnlyList<Row> Rows, IReadOnlyList<Failure> Failures);

    /// <summary>Reads so many inputs, or as many as there were before somebody stopped it.</summary>
    public Result Run(int inputs, int threads, Action<double, string> progress, CancellationToken cancel)
    {
        var watch = Stopwatch.StartNew();
        long done = 0;
        int parts = (inputs + Part - 1) / Part;
        Parallel.For(
            0,
            parts,
            new ParallelOptions { MaxDegreeOfParallelism = threads },
            (part, state) =>
            {
                if (cancel.IsCancellationRequested)
                {
                    state.Stop();
                    return;
                }
                int first = part * Part,
                    last = Math.Min(inputs, first + Part);
                Row[] own = [.. _rows.Select(row => new Row(row.Reader))];
                for (int input = first; input < last; input++)
                    One(input, own);
                Add(own);
                done = Interlocked.Add(ref done, last - first);
                progress((double)done / inputs, $"{done:N0} inputs, {_failures.Count} failures");
            }
        );
        return new(seed, _rows.Sum(row => row.Inputs), watch.Elapsed.TotalSeconds, _rows, _failures);
    }

    private void One(int input, Row[] rows)
    {
        int reader = input % rows.Length;
        Sample sample = Sample.All[reader];
        Row row = rows[reader];
        byte[] bytes = sample.Change(new RandomStream(seed, input));
        long before = GC.GetAllocatedBytesForCurrentThread(),
            start = Stopwatch.GetTimestamp();
        string? broken = null;
        try
        {
            sample.Read(bytes);
            row.Accepted++;
        }
        catch (MalformedFileException)
        {
            row.Refused++;
        }
        catch (Exception error)
        {
            broken = error.ToString();
        }
        double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        row.Inputs++;
        row.MostAllocated = Math.Max(row.MostAllocated, allocated);
        row.MostAllocatedPerByte = Math.Max(row.MostAllocatedPerByte, (double)Math.Max(0, allocated - 65536) / Math.Max(1, bytes.Length));
        row.SlowestMilliseconds = Math.Max(row.SlowestMilliseconds, milliseconds);
        broken ??=
            allocated > MostBytes ? $"allocated {allocated} bytes"
            : milliseconds > 1000 * MostSeconds ? $"took {milliseconds / 1000:0} s"
            : null;
        if (broken is not null)
            Keep(sample.Name, input, broken, bytes);
    }

    private void Add(Row[] own)
    {
        lock (_turn)
            foreach ((Row all, Row part) in _rows.Zip(own))
            {
                all.Inputs += part.Inputs;
                all.Accepted += part.Accepted;
                all.Refused += part.Refused;
                all.MostAllocated = Math.Max(all.MostAllocated, part.MostAllocated);
                all.MostAllocatedPerByte = Math.Max(all.MostAllocatedPerByte, part.MostAllocatedPerByte);
                all.SlowestMilliseconds = Math.Max(all.SlowestMilliseconds, part.SlowestMilliseconds);
            }
    }

    private void Keep(string reader, int input, string what, byte[] bytes)
    {
        lock (_turn)
        {
            string file = "";
            if (_failures.Count < MostKept)
                File.WriteAllBytes(file = Path.Combine(folder, $"fuzz-{seed}-{input}.bin"), bytes);
            _failures.Add(new(reader, seed, input, what, file));
        }
    }
}
