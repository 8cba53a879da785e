using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Farback.Tests.Docs;

namespace Farback.Cli.Tests;

/// <summary>The service of docs/dotnet.md: started as the page says, asked over HTTP, killed.</summary>
public sealed class ServiceTests
{
    private const string Announcement = "Now listening on: ";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task The_service_trains_answers_words_and_refuses_what_it_does_not_know()
    {
        string folder = Directory.CreateTempSubdirectory("farback-service").FullName;
        using Process service = Start(Path.Combine(folder, "model.safetensors"));
        try
        {
            StringBuilder said = new();
            Uri? address = await Address(service, said);
            Assert.SkipWhen(address is null && !service.HasExited, $"the service did not start within {Patience.TotalSeconds} s");
            Assert.True(address is not null, $"the service ended: {said}");
            using HttpClient client = new() { BaseAddress = address, Timeout = Patience };
            Assert.Equal("were", await Next(client, "the cats that slept"));
            Assert.Equal("was", await Next(client, "the cat that slept"));
            foreach (object wrong in new object[] { new { text = "the dog" }, new { text = "" }, new { } })
            {
                using HttpResponseMessage refused = await client.PostAsJsonAsync("/next", wrong, TestContext.Current.CancellationToken);
                Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            }
        }
        finally
        {
            service.Kill(entireProcessTree: true);
            await service.WaitForExitAsync(TestContext.Current.CancellationToken);
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Every_line_of_code_in_the_guide_is_a_line_of_its_examples()
    {
        string[] guide = Repository.Read("docs/dotnet.md").ReplaceLineEndings("\n").Split("```");
        string[] blocks = [.. guide.Where((_, at) => at % 2 == 1).Where(block => block.StartsWith("csharp", StringComparison.Ordinal))];
        string examples = Tokens(
            Repository.Read("examples/service/service.cs") + Repository.Read("examples/load-predict-train/load-predict-train.cs")
        );
        Assert.InRange(blocks.Length, 5, 10);
        Assert.All(blocks, block => Assert.Contains(Tokens(block["csharp".Length..]), examples, StringComparison.Ordinal));
    }

    // the formatter breaks lines where a reader would not
    private static string Tokens(string code) =>
        string.Concat(code.Where(letter => !char.IsWhiteSpace(letter))).Replace(",}", "}", StringComparison.Ordinal);

    private static Process Start(string model)
    {
        string[] run = ["run", "-c", "Release", "--no-launch-profile", "examples/service/service.cs"];
        var start = new ProcessStartInfo("dotnet", [.. run, "--", "--urls", "http://127.0.0.1:0", "--model", model])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Repository.Root,
        };
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1"; // no server of the build outlives the test
        return Process.Start(start)!;
    }

    // where it listens; null if it ended or took too long
    private static async Task<Uri?> Address(Process service, StringBuilder said)
    {
        using CancellationTokenSource enough = new(Patience);
        service.ErrorDataReceived += (_, line) => said.AppendLine(line.Data);
        service.BeginErrorReadLine();
        try
        {
            while (await service.StandardOutput.ReadLineAsync(enough.Token) is { } line)
            {
                said.AppendLine(line);
                int at = line.IndexOf(Announcement, StringComparison.Ordinal);
                if (at >= 0)
                    return new(line[(at + Announcement.Length)..].Trim());
            }
            await service.WaitForExitAsync(enough.Token);
        }
        catch (OperationCanceledException) { }
        return null;
    }

    private static async Task<string?> Next(HttpClient client, string text)
    {
        using HttpResponseMessage response = await client.PostAsJsonAsync("/next", new { text }, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
        JsonElement answer = await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        Assert.InRange(answer.GetProperty("probability").GetDouble(), 0.9, 1);
        return answer.GetProperty("word").GetString();
    }
}
