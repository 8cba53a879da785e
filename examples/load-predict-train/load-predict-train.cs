#:project ../../src/Farback.Formats/Farback.Formats.csproj
#:property PublishAot=false

// Load → predict → train on, in a dozen lines. Makes an untrained model.safetensors where there is none.
//   dotnet run examples/load-predict-train/load-predict-train.cs [model.safetensors]

using Farback.Cells;
using Farback.Formats;
using Farback.Networks;
using Farback.Sequences;
using Farback.Training;

namespace Farback.Examples;

internal static class LoadPredictTrain
{
    internal static void Main(string[] arguments)
    {
        string path = arguments is [var given] ? given : "model.safetensors";
        string[] words = ["the", "cat", "cats", "was", "were", "hungry", "."];
        if (!File.Exists(path))
        {
            var network = new Network
            {
                Cell = AllCells.Gru,
                Words = words.Length,
                Embedding = 8,
                Hidden = 16,
                Outputs = words.Length,
            };
            ModelFile.Save(path, Initial.Default.Draw(network, seed: 1), words, words);
        }

        // load
        ModelFile file = ModelFile.Load(path);
        Model<float> model = file.ToModel<float>();

        // predict
        double before = Probability(model, file, "the cats", "were");

        // train on: at every word, the next
        int[] ids = file.Read("the cats were hungry .");
        Batch batch = Batch.OfIds(ids[..^1], times: ids.Length - 1, lanes: 1, new ClassTargets(ids[1..]));
        var adam = new Adam<float>(model.Network.ParameterCount);
        var trainer = new Trainer<float>(model, new SoftmaxCrossEntropy(), adam, new ConstantRate(0.01)) { ClipNorm = 1 };
        for (int step = 0; step < 100; step++)
            trainer.Step(batch);
        ModelFile.Save(path, model.Parameters, file.InputWords, file.OutputWords);

        double after = Probability(model, file, "the cats", "were");
        Console.WriteLine($"“were” after “the cats”: p = {before:f3} before, {after:f3} after 100 steps");
    }

    private static double Probability(Model<float> model, ModelFile file, string text, string next)
    {
        var walk = new StepByStep<float>(model);
        foreach (int word in file.Read(text))
            walk.Next([word]);
        return Probabilities.Of(walk.Output(lane: 0))[file.NumberOf(next)];
    }
}
