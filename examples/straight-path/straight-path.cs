#:project ../../src/Farback/Farback.csproj
#:property PublishAot=false

// From sentences to the map of the gradient, in a dozen lines.
//   dotnet run examples/straight-path/straight-path.cs

using Farback.Cells;
using Farback.Gradients;
using Farback.Networks;
using Farback.Reports;
using Farback.Sequences;

namespace Farback.Examples;

internal static class StraightPath
{
    internal static void Main()
    {
        var task = new AgreementTask(new AgreementOptions { Fillers = 9 }); // the cat, being gray and happy …, was hungry
        Batch batch = AgreementTask.BatchOf([.. task.Test.Take(32)]);
        var network = new Network
        {
            Cell = AllCells.Lstm,
            Words = 85,
            Embedding = 16,
            Hidden = 32,
            Outputs = 85,
        };
        var model = new Model<double>(network, Initial.Default.Draw(network, seed: 1));

        Trace<double> trace = model.Forward(batch); // s_t = F(s_{t−1}, x_t; θ)
        LossField losses = LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Mean); // L_{t,b} and ∂J/∂y
        Parameters<double> gradient = Bptt<double>.Gradient(trace, losses); // the ordinary gradient
        GradientMap map = GradientMap.Of(trace, losses); // resolved in time: ‖G[t,k]‖ and its signed share

        AgreementSentence sentence = task.Test[0];
        LagProfile profile = Profiles.Of(map, maximum: sentence.Lag, lossTimes: [sentence.Verb]);
        double share = map["weight_hh_l0.f"].Share[map.Entry(sentence.Verb, sentence.Cue + 1)];
        Console.WriteLine($"‖∇‖ {gradient.Norm():g3}, the map sums to it within {map.Residual:g2} of Σ‖G‖");
        Console.WriteLine(
            $"half-life {ProfileText.HalfLife(profile)}, horizon {ProfileText.Reach(profile.Hundredth)}, needed {sentence.Lag}"
        );
        Console.WriteLine($"share of the forget gate's update that “was” owes to the word after “cat”: {share:g2}");
    }
}
