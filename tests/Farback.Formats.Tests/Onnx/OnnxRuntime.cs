using System.Diagnostics;

namespace Farback.Formats.Tests.Onnx;

/// <summary>ONNX Runtime in node, from npm: installed once into the temporary folder, or found where FARBACK_ONNXRUNTIME says.</summary>
internal static class OnnxRuntime
{
    private const string Version = "1.30.0";

    // reads [{model, input, ids, dims}], writes [{name: numbers}]
    private const string Script = """
        const fs = require('fs'), path = require('path');
        const [folder, jobs, answers] = process.argv.slice(2);
        const ort = require(path.join(folder, 'node_modules', 'onnxruntime-web'));
        ort.env.wasm.numThreads = 1;
        (async () => {
          const out = [];
          for (const job of JSON.parse(fs.readFileSync(jobs))) {
            const session = await ort.InferenceSession.create(job.model);
            const x = job.ids
              ? new ort.Tensor('int64', BigInt64Array.from(job.input.map(BigInt)), job.dims)
              : new ort.Tensor('float32', Float32Array.from(job.input), job.dims);
            const y = await session.run({ [session.inputNames[0]]: x });
            out.push(Array.from(y[session.outputNames[0]].data));
            await session.release();
          }
          fs.writeFileSync(answers, JSON.stringify(out));
        })().catch(error => { console.error(error); process.exit(1); });
        """;

    /// <summary>The folder that holds node_modules; skips the test, saying why, where there is none to be had.</summary>
    public static string Require()
    {
        if (Environment.GetEnvironmentVariable("FARBACK_ONNXRUNTIME") is { Length: > 0 } named)
            return named;
        Assert.SkipUnless(Try("node", "--version", "."), "node is not on this machine, so nothing was run in ONNX Runtime");
        string folder = Path.Combine(Path.GetTempPath(), $"farback-onnxruntime-web-{Version}");
        if (Directory.Exists(Path.Combine(folder, "node_modules", "onnxruntime-web")))
            return folder;
        string part = Directory.CreateTempSubdirectory("farback-npm").FullName;
        File.WriteAllText(Path.Combine(part, "package.json"), "{}");
        Assert.SkipUnless(
            Try(
                "npm",
                $"install --no-audit --no-fund --ignore-scripts --fetch-timeout=20000 --fetch-retries=1 onnxruntime-web@{Version}",
                part
            ),
            "npm could not install onnxruntime-web, so nothing was run in ONNX Runtime"
        );
        if (!Directory.Exists(folder))
            Directory.Move(part, folder);
        return folder;
    }

    /// <summary>Runs jobs that are written down, and writes their answers.</summary>
    public static void Run(string folder, string jobs, string answers)
    {
        string script = Path.ChangeExtension(jobs, ".cjs");
        File.WriteAllText(script, Script);
        (int code, string error) = Start("node", $"\"{script}\" \"{folder}\" \"{jobs}\" \"{answers}\"", ".");
        Assert.True(code == 0, error);
    }

    private static bool Try(string program, string arguments, string folder)
    {
        try
        {
            return Start(program, arguments, folder).Code == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static (int Code, string Error) Start(string program, string arguments, string folder)
    {
        using Process process = Process.Start(
            new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        Task<string> said = process.StandardOutput.ReadToEndAsync();
        string error = process.StandardError.ReadToEnd();
        said.Wait();
        process.WaitForExit();
        return (process.ExitCode, error);
    }
}
