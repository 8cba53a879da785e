using System.Globalization;
using System.Text.RegularExpressions;
using Farback.Examples;
using Farback.Formats;

namespace Farback.Tests.Examples;

/// <summary>A model is loaded, asked, trained on and saved, and then knows more.</summary>
[Collection("console")] // one at a time takes the console
public sealed partial class LoadPredictTrainTests
{
    [Fact]
    public void The_example_makes_a_model_and_each_run_goes_on_where_the_last_one_saved()
    {
        string folder = Directory.CreateTempSubdirectory("farback").FullName;
        try
        {
            string path = Path.Combine(folder, "model.safetensors");
            (double untrained, double first) = Run(path);
            (double loaded, double second) = Run(path);
            Assert.InRange(untrained, 0, 0.5);
            Assert.InRange(first, 0.9, 1);
            Assert.Equal(first, loaded);
            Assert.InRange(second, first, 1);
            Assert.True(ModelFile.Load(path).IsLanguageModel);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static (double Before, double After) Run(string path)
    {
        TextWriter console = Console.Out;
        using var output = new StringWriter();
        try
        {
            Console.SetOut(output);
            LoadPredictTrain.Main([path]);
        }
        finally
        {
            Console.SetOut(console);
        }
        double[] numbers =
        [
            .. Decimal().Matches(output.ToString()).Select(number => double.Parse(number.Value, CultureInfo.InvariantCulture)),
        ];
        return (numbers[0], numbers[1]);
    }

    [GeneratedRegex(@"\d\.\d{3}")]
    private static partial Regex Decimal();
}
