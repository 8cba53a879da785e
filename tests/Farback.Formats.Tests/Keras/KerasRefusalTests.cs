using System.Text;
using Farback.Formats.Keras;
using Farback.Networks;
using Farback.Sequences;
using static Farback.Formats.Tests.Keras.KerasMade;
using Made = Farback.Formats.Tests.Hdf5.Made;

namespace Farback.Formats.Tests.Keras;

/// <summary>What is not opened, and the sentences that say why.</summary>
public sealed class KerasRefusalTests(ITestOutputHelper output)
{
    [Fact]
    public void Code_and_classes_that_a_file_brings_along_are_refused_by_their_names()
    {
        Layer none = new("x");
        Refused(
            Legacy("2.4.0", Sequential(Described("Lambda", "secret", "\"function\": [\"4wEAAA\"]")), none),
            "layer \"secret\" (Lambda) is a function"
        );
        Refused(
            Legacy("2.4.0", Sequential(Described("MyCell", "mine", "\"units\": 1")), none),
            "layer \"mine\" (MyCell) is of a class that is not Keras' own"
        );
        string registered =
            """{"class_name": "LSTM", "module": "mypackage", "registered_name": "mine>LSTM", "config": {"name": "l", "units": 1}}""";
        Refused(Legacy("3.9.0", Sequential(registered), none), "module \"mypackage\"");
        Refused(
            Legacy("2.4.0", Sequential(Described("Bidirectional", "b", $"\"layer\": {Described("Lambda", "deep")}")), none),
            "\"deep\" (Lambda)"
        );
        Refused(
            Legacy("2.4.0", Sequential(Described("LSTM", "l", "\"units\": 2, \"activation\": \"os.system\"")), new Layer("l", Lstm)),
            "\"os.system\""
        );
        Refused(Legacy("2.4.0", """{"class_name": "MyModel", "config": {"layers": []}}""", none), "the class \"MyModel\"");
        OpenedModel conv = Opened(
            Legacy(
                "2.4.0",
                Sequential(Described("Conv1D", "c", Input1 + "\"filters\": 1"), Described("LSTM", "l", "\"units\": 2")),
                new Layer("c", Array("kernel", [1, 1, 1], 1)),
                new Layer("l", Lstm)
            )
        );
        Assert.Null(conv.Network);
        Assert.Contains(
            conv.Findings,
            finding => finding.Kind == FindingKind.Outside && finding.Sentence.Contains("(Conv1D)", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Weights_of_another_shape_than_the_configuration_says_are_refused_with_the_layer()
    {
        string config = Sequential(Described("LSTM", "l", Input1 + "\"units\": 3"));
        Refused(
            Legacy("2.4.0", config, new Layer("l", Lstm)),
            "layer \"l\" (LSTM) has model_weights/l/kernel: F32 [1, 8]; expected [inputs, 12] for 3 units"
        );
        Refused(Legacy("2.4.0", config.Replace("3", "2000000000", StringComparison.Ordinal), new Layer("l", Lstm)), "layer \"l\"");
    }

    [Fact]
    public void Archives_that_lie_and_configurations_without_end_are_refused()
    {
        byte[] weights = Paths(Lstm.Select((array, i) => ("layers/lstm/cell/vars", Named(array, $"{i}"))).ToArray());
        string config = Sequential(Described("LSTM", "l", Input1 + "\"units\": 2"));
        Refused(Archive("3.0", config, weights, zip => Add(zip, "config.json", [1])), "\"config.json\" stands twice");
        Refused(Archive("3.0", config, weights, zip => Add(zip, "../up", [1])), "\"../up\"");
        Refused(Archive("3.0", config, weights, zip => Add(zip, "/etc/passwd", [1])), "leaves the archive");
        Refused(Archive("3.0", new string('[', 100_000), weights), "128 levels deep");
        Refused(Archive("3.0", config.Replace("units", @"\ud800", StringComparison.Ordinal), weights), "half a character");
        Refused(Archive("\\ud800", config, weights), "no keras_version");
        Refused(Archive("3.0", config, weights[..^9]), "model.weights.h5");
        Refused(Archive("3.0", config, "<!doctype html>"u8.ToArray()), "model.weights.h5");
        byte[] bomb = Bomb();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refused(bomb, "inflate to");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20_000_000);
        Refused(Encoding.UTF8.GetBytes("version https://git-lfs.github.com/spec/v1"), "Git LFS pointer");
        Refused(Encoding.UTF8.GetBytes("GIF89a......"), "expected a Keras model");

        static byte[] Bomb()
        {
            using var bytes = new MemoryStream();
            using (var zip = new System.IO.Compression.ZipArchive(bytes, System.IO.Compression.ZipArchiveMode.Create, leaveOpen: true))
            {
                using Stream stream = zip.CreateEntry("config.json").Open();
                stream.Write(new byte[60 << 20]);
            }
            return bytes.ToArray();
        }
    }

    [Fact]
    public void Changed_bytes_are_read_or_refused_and_nothing_else()
    {
        string layer = Described("LSTM", "l", Input1 + "\"units\": 2, \"recurrent_activation\": \"sigmoid\"");
        byte[][] whole =
        [
            Legacy("2.3.1", Sequential(layer), new Layer("l", Lstm)),
            Legacy("2.3.1", null, new Layer("g", GruAfter)),
            Legacy("2.3.1", Sequential(Sequential(Described("Masking", "m", Input1 + "\"mask_value\": 1"), layer)), new Layer("s", Lstm)),
            Archive(
                "3.9.0",
                Sequential(layer),
                Paths(Lstm.Select((array, i) => ("layers/lstm/cell/vars", Named(array, $"{i}"))).ToArray())
            ),
        ];
        var random = new Random(20_26);
        int refused = 0;
        for (int round = 0; round < 3000; round++)
        {
            byte[] bytes = [.. whole[round % whole.Length]];
            for (int change = random.Next(1, 4); change > 0; change--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                if (random.Next(8) == 0)
                    bytes = bytes[..random.Next(bytes.Length)];
                KerasFile.Try(bytes);
                _ = KerasModel.Read("bytes", bytes, new()).Graph?.Whole();
            }
            catch (MalformedFileException error)
            {
                Assert.True(error.Message.Length < 2000, error.Message);
                refused++;
            }
        }
        output.WriteLine($"{refused} of 3000 refused");
        Assert.True(refused > 0);
    }
}
