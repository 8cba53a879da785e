#:sdk Microsoft.NET.Sdk.Web
#:project ../../src/Farback.Formats/Farback.Formats.csproj
#:property PublishAot=false

// From your own sentences to a trained network inside a service; docs/dotnet.md explains it line by line.
//   dotnet run examples/service/service.cs -- --urls http://127.0.0.1:5000 --model model.safetensors
//   POST /next {"text": "the cats"}

using Farback.Cells;
using Farback.Formats;
using Farback.Networks;
using Farback.Sequences;
using Farback.Training;

WebApplication app = WebApplication.Create(args);
string path = app.Configuration["model"] ?? "model.safetensors";

// 1. your own sequences
string[][] sentences =
[
    ["the", "cat", "was", "hungry", "."],
    ["the", "cats", "were", "hungry", "."],
    ["the", "cat", "that", "slept", "was", "hungry", "."],
    ["the", "cats", "that", "slept", "were", "hungry", "."],
];
string[] words = [.. sentences.SelectMany(sentence => sentence).Distinct()];
int times = sentences.Max(sentence => sentence.Length) - 1;
int lanes = sentences.Length;
int[] ids = new int[times * lanes];
int[] next = new int[times * lanes];
for (int lane = 0; lane < lanes; lane++)
for (int time = 0; time < sentences[lane].Length - 1; time++)
{
    ids[time * lanes + lane] = Array.IndexOf(words, sentences[lane][time]);
    next[time * lanes + lane] = Array.IndexOf(words, sentences[lane][time + 1]);
}
int[] lengths = [.. sentences.Select(sentence => sentence.Length - 1)];
Batch batch = Batch.OfIds(ids, times, lanes, new ClassTargets(next), lengths);

// 2. a network and its first weights
var network = new Network
{
    Cell = AllCells.Lstm,
    Words = words.Length,
    Embedding = 8,
    Hidden = 16,
    Outputs = words.Length,
};
var untrained = new Model<float>(network, Initial.Default.Draw(network, seed: 1).To<float>());

// 3. training
var adam = new Adam<float>(network.ParameterCount);
var trainer = new Trainer<float>(untrained, new SoftmaxCrossEntropy(), adam, new ConstantRate(0.01)) { ClipNorm = 1 };
for (int step = 0; step < 300; step++)
{
    TrainingStep done = trainer.Step(batch);
    if (step % 100 == 99)
        Console.WriteLine($"step {step + 1}: loss {done.Loss:f3}");
}

// 4. one file
ModelFile.Save(path, untrained.Parameters, words, words);

// 5. the service
ModelFile file = ModelFile.Load(path);
Model<float> model = file.ToModel<float>(); // one for all requests: nobody changes it
app.MapPost(
    "/next",
    (Question question) =>
    {
        string text = question.Text ?? "";
        string[] unknown = [.. file.Split(text).Except(file.InputWords)];
        if (text.Length == 0 || unknown.Length > 0)
            return Results.BadRequest($"text: expected words out of “{file.Join(file.InputWords)}”, got “{file.Join(unknown)}”.");
        var walk = new StepByStep<float>(model); // one a request: it holds the state
        foreach (int word in file.Read(text))
            walk.Next([word]);
        int best = Probabilities.Largest(walk.Output(lane: 0));
        return Results.Ok(new Guess(file.NameOf(best), Probabilities.Of(walk.Output(lane: 0))[best]));
    }
);
app.Run();

internal sealed record Question(string? Text);

internal sealed record Guess(string Word, double Probability);
