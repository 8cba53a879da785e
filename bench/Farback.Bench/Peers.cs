using System.Diagnostics;
using System.Globalization;
using Farback.Cli.Measuring;
using Farback.Numbers;

namespace Farback.Bench;

/// <summary>PyTorch and oneDNN, set up so that they show what they can: programs in a folder beside the repository, run as they are.</summary>
/// <remarks>
///   PyTorch follows the machine's libblas: with the reference BLAS it is many times slower, and the OpenBLAS of POSIX threads fights with
///   its own OpenMP threads. OpenBLAS 0.3.21 takes new processors with AVX-512 for older ones unless it is told. Each thread is bound to a
///   core of its own, which spares them what our team does for itself. Hence the set-up below.
/// </remarks>
internal static class Peers
{
    private const string Packages = "Debian: apt-get install python3-torch libdnnl-dev g++ libopenblas-dev libopenblas0-openmp";

    /// <summary>Where the peers' programs lie unless one says otherwise: shared/peers beside the repository.</summary>
    public static string DefaultFolder => Path.Combine(Repository.Root, "..", "shared", "peers");

    /// <summary>A program that prints measurements as JSON lines.</summary>
    internal sealed record Peer(
        string Name,
        string Program,
        Func<double, int, string[]> Arguments,
        (string Name, string Value)[] Environment
    );

    /// <summary>The peers that take training steps, or make maps; of those that cannot run it says why.</summary>
    public static List<Peer> Find(string folder, bool maps, CancellationToken cancel)
    {
        List<Peer> found = [];
        if (!Directory.Exists(folder))
        {
            Console.Error.WriteLine($"peers: skipped, there is no folder {folder}; --peers names another.");
            return found;
        }
        if (!maps && OneDnn(folder, cancel) is { } program)
            found.Add(new("onednn", program, (seconds, _) => [Text(seconds)], []));
        string script = Path.Combine(folder, maps ? "torch_gradient_map.py" : "torch_rnn_step.py");
        if (Torch(script, cancel) is { } blas)
        {
            (string, string)[] environment = Widths.IsSupported(Width.Bits512)
                ? [("LD_LIBRARY_PATH", blas), ("OPENBLAS_CORETYPE", "SkylakeX")]
                : [("LD_LIBRARY_PATH", blas)];
            found.Add(
                new(
                    "torch",
                    "/usr/bin/python3",
                    (seconds, threads) => [script, "--threads", $"{threads}", "--budget", Text(seconds)],
                    environment
                )
            );
        }
        return found;
    }

    /// <summary>Runs a peer and reads what it measured.</summary>
    public static IEnumerable<Row> Run(Peer peer, double seconds, int threads, CancellationToken cancel)
    {
        Console.Error.WriteLine($"{peer.Name}, {threads} thread(s)");
        (int code, string output, string error) = Call(
            peer.Program,
            peer.Arguments(seconds, threads),
            [.. peer.Environment, ("OMP_NUM_THREADS", $"{threads}"), ("OMP_PROC_BIND", "true")],
            cancel
        );
        return code == 0
            ? [.. output.Split('\n').Select(Lines.Read).OfType<Row>()]
            : throw new IOException($"{peer.Name}: ended with {code}: {LastLine(error)}");
    }

    private static string? OneDnn(string folder, CancellationToken cancel)
    {
        string source = Path.Combine(folder, "onednn_rnn_step.cpp"),
            target = Path.Combine(AppContext.BaseDirectory, "onednn_rnn_step");
        if (File.Exists(target) && File.GetLastWriteTimeUtc(target) > File.GetLastWriteTimeUtc(source))
            return target;
        (int code, _, string error) = Call("g++", ["-O3", "-march=native", "-fopenmp", source, "-o", target, "-ldnnl"], [], cancel);
        if (code == 0)
            return target;
        Console.Error.WriteLine($"oneDNN: skipped, its program could not be built: {FirstLine(error)} {Packages}");
        return null;
    }

    // the folder of the BLAS that PyTorch is to use; null, with a message, where PyTorch or that BLAS is not installed
    private static string? Torch(string script, CancellationToken cancel)
    {
        (int code, _, string error) = Call("/usr/bin/python3", ["-c", "import torch"], [], cancel);
        string? blas = Call("dpkg", ["-L", "libopenblas0-openmp"], [], cancel)
            .Output.Split('\n')
            .FirstOrDefault(file => Path.GetFileName(file) == "libblas.so.3");
        string? missing =
            !File.Exists(script) ? $"there is no {script}."
            : code != 0 ? $"it cannot be imported: {LastLine(error)}"
            : blas is null ? "the package libopenblas0-openmp is not installed, and without it the comparison would not be fair."
            : null;
        if (missing is null)
            return Path.GetDirectoryName(blas);
        Console.Error.WriteLine($"PyTorch: skipped, {missing} {Packages}");
        return null;
    }

    private static (int Code, string Output, string Error) Call(
        string program,
        string[] arguments,
        (string Name, string Value)[] environment,
        CancellationToken cancel
    )
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        try
        {
            using Process process = Process.Start(start)!;
            using CancellationTokenRegistration kill = cancel.Register(process.Kill);
            Task<string> error = process.StandardError.ReadToEndAsync(CancellationToken.None);
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            cancel.ThrowIfCancellationRequested();
            return (process.ExitCode, output, error.Result);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return (-1, "", $"there is no program {program}.");
        }
    }

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);

    private static string FirstLine(string text) => text.Split('\n')[0];

    private static string LastLine(string text) => text.TrimEnd().Split('\n')[^1];
}
