using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using Farback.Tests.Docs;

namespace Farback.Cli.Tests;

/// <summary>The packages as somebody gets them: packed, put into a folder, installed from there and used.</summary>
public sealed class PackageTests(PackageTests.Packed packed) : IClassFixture<PackageTests.Packed>
{
    private const string Version = "0.1.0";

    private const string Program = """
        using Farback.Cells;
        using Farback.Gradients;
        using Farback.Networks;
        using Farback.Sequences;

        var network = new Network { Cell = AllCells.Lstm, Words = 4, Embedding = 3, Hidden = 8, Outputs = 4 };
        var model = new Model<double>(network, Initial.Default.Draw(network, seed: 1));
        var trace = model.Forward(Batch.OfIds([0, 1, 2], times: 3, lanes: 1, new ClassTargets([1, 2, 3])));
        var losses = LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Mean);
        Console.WriteLine(Bptt<double>.Gradient(trace, losses).Norm());
        """;

    [Theory]
    [InlineData("Farback", "lib/net10.0/Farback.Core.dll", "lib/net10.0/Farback.Core.xml")]
    [InlineData("Farback.Formats", "lib/net10.0/Farback.Formats.dll", "lib/net10.0/Farback.Formats.xml")]
    [InlineData("Farback.Tool", "tools/net10.0/any/farback.dll", "tools/net10.0/any/Farback.Ui.dll")]
    public void A_package_holds_its_assembly_its_readme_and_its_licence_and_symbols_lie_beside_it(string id, params string[] files)
    {
        using ZipArchive package = ZipFile.OpenRead(Path.Combine(packed.Feed, $"{id}.{Version}.nupkg"));
        string[] names = [.. package.Entries.Select(entry => entry.FullName)];
        Assert.All([.. files, "README.md"], file => Assert.Contains(file, names));
        using var description = new StreamReader(package.GetEntry($"{id}.nuspec")!.Open());
        string text = description.ReadToEnd();
        Assert.Contains("<license type=\"expression\">MIT</license>", text, StringComparison.Ordinal);
        Assert.Contains("<readme>README.md</readme>", text, StringComparison.Ordinal);
        using ZipArchive symbols = ZipFile.OpenRead(Path.Combine(packed.Feed, $"{id}.{Version}.snupkg"));
        Assert.Contains(symbols.Entries, entry => entry.Name.EndsWith(".pdb", StringComparison.Ordinal));
    }

    [Fact]
    public void Three_packages_are_packed_and_the_page_travels_inside_the_tool() =>
        Assert.Equal(
            [$"Farback.{Version}.nupkg", $"Farback.Formats.{Version}.nupkg", $"Farback.Tool.{Version}.nupkg"],
            Directory.EnumerateFiles(packed.Feed, "*.nupkg").Select(Path.GetFileName).Order(StringComparer.Ordinal)
        );

    [Fact]
    public void The_tool_installs_from_a_folder_and_names_the_cells()
    {
        string tools = Path.Combine(packed.Folder, "tools");
        packed.Dotnet("tool", "install", "Farback.Tool", "--tool-path", tools, "--version", Version, "--configfile", packed.Config);
        string farback = Path.Combine(tools, OperatingSystem.IsWindows() ? "farback.exe" : "farback");
        Outcome cells = packed.Run(farback, "cells");
        Assert.True(cells.Code == 0, cells.Error);
        Assert.Contains("lstm-peephole", cells.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_of_five_lines_restores_the_library_from_a_folder_and_prints_the_norm_of_a_gradient()
    {
        string project = Path.Combine(packed.Folder, "five-lines");
        Directory.CreateDirectory(project);
        File.WriteAllText(Path.Combine(project, "Program.cs"), Program);
        File.WriteAllText(
            Path.Combine(project, "five-lines.csproj"),
            $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <InvariantGlobalization>true</InvariantGlobalization>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Farback" Version="{Version}" />
              </ItemGroup>
            </Project>
            """
        );
        Outcome restored = packed.Run("dotnet", "restore", project, "--configfile", packed.Config, "--disable-build-servers");
        Assert.SkipUnless(
            restored.Code == 0 || !restored.Out.Contains("NU1101: Unable to find package Microsoft.", StringComparison.Ordinal),
            "this SDK lacks its own packs, and nothing can be fetched for the scratch project"
        );
        Assert.True(restored.Code == 0, restored.Out + restored.Error);
        packed.Dotnet("build", project, "--no-restore", "--disable-build-servers", "-o", Path.Combine(project, "out"));
        Outcome run = packed.Run("dotnet", Path.Combine(project, "out", "five-lines.dll"));
        Assert.True(run.Code == 0, run.Error);
        Assert.InRange(double.Parse(run.Out, CultureInfo.InvariantCulture), 0.01, 100);
    }

    /// <summary>A folder with the packages, from outside of the repository: nothing of it is built in place, nothing remote is asked.</summary>
    public sealed class Packed : IDisposable
    {
        /// <summary>Packs.</summary>
        public Packed()
        {
            Directory.CreateDirectory(Feed);
            File.WriteAllText(
                Config,
                $"""<configuration><packageSources><clear /><add key="packed" value="{Feed}" /></packageSources></configuration>"""
            );
            foreach (string project in new[] { "Farback", "Farback.Formats", "Farback.Ui", "Farback.Cli" })
            {
                string built = Path.Combine(Folder, "artifacts");
                string[] pack = ["pack", "-c", "Release", "-o", Feed, "--artifacts-path", built, "--disable-build-servers"];
                Outcome outcome = RunWith([], "dotnet", [.. pack, Path.Combine(Repository.Root, "src", project)]);
                Assert.True(outcome.Code == 0, outcome.Out + outcome.Error);
            }
        }

        internal string Folder { get; } = Directory.CreateTempSubdirectory("farback-packages").FullName;

        internal string Feed => Path.Combine(Folder, "feed");

        internal string Config => Path.Combine(Folder, "nuget.config");

        /// <inheritdoc />
        public void Dispose() => Directory.Delete(Folder, recursive: true);

        internal void Dotnet(params string[] arguments)
        {
            Outcome outcome = Run("dotnet", arguments);
            Assert.True(outcome.Code == 0, outcome.Out + outcome.Error);
        }

        // the cache of packages is the folder's own, so that no earlier 0.1.0 answers in place of this one
        internal Outcome Run(string program, params string[] arguments) =>
            RunWith([("NUGET_PACKAGES", Path.Combine(Folder, "cache"))], program, arguments);

        private Outcome RunWith((string Name, string Value)[] environment, string program, string[] arguments)
        {
            var start = new ProcessStartInfo(program, arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = Folder,
            };
            start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));
            foreach ((string name, string value) in environment)
                start.Environment[name] = value;
            using Process process = Process.Start(start)!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return new(process.ExitCode, output, error.Result);
        }
    }
}
