using Farback.Adjoints;
using Farback.Cells;
using Farback.Diagnosis;
using Farback.Networks;
using Farback.Sequences;
using Farback.Training;

namespace Farback.Experiments;

/// <summary>What a built sequence's label is.</summary>
public enum LabelOf
{
    /// <summary>The cue, the needed lag back.</summary>
    Cue,

    /// <summary>The sign of the last input: no past is needed.</summary>
    Present,

    /// <summary>A toss: nothing tells it.</summary>
    Nothing,
}

/// <summary>A network whose condition is known because it was built that way, with sequences to diagnose it on.</summary>
/// <param name="Model">The network.</param>
/// <param name="Asked">Its sequences, each asked at its last step.</param>
/// <param name="NeededLag">Where the cue stands.</param>
/// <param name="Truncation">How it would be trained.</param>
/// <param name="Trained">Whether it has been.</param>
public sealed record BuiltNetwork(
    Model<double> Model,
    AskedPlaces Asked,
    int NeededLag,
    Truncation? Truncation = null,
    bool Trained = false
)
{
    private const int Lanes = 64;
    private const int Hidden = 16;
    private const int Purpose = 5020;

    /// <summary>L.</summary>
    public static Loss Loss { get; } = new SoftmaxCrossEntropy();

    /// <summary>Sequences of noise with a cue of ±1, N steps before the end, and a label at the end.</summary>
    /// <remarks>The label is the cue; or the sign of the last noise, which needs no past; or a toss, which nothing tells. x_k = [cue, noise]; the cue is 0 elsewhere, the noise uniform in ±(0.25 … 1).</remarks>
    public static AskedPlaces Ask(RandomStream random, int times, int lag, LabelOf label = LabelOf.Cue)
    {
        double[] values = new double[times * Lanes * 2];
        int[] classes = new int[times * Lanes];
        Array.Fill(classes, ClassTargets.Ignored);
        for (int lane = 0; lane < Lanes; lane++)
        {
            bool up = random.Next(2) == 1;
            for (int time = 0; time < times; time++)
                values[(time * Lanes + lane) * 2 + 1] = (random.Next(2) == 1 ? 1 : -1) * random.NextUniform(0.25, 1);
            values[((times - 1 - lag) * Lanes + lane) * 2] = up ? 1 : -1;
            int last = (times - 1) * Lanes + lane;
            classes[last] = label switch
            {
                LabelOf.Cue => up,
                LabelOf.Present => values[last * 2 + 1] > 0,
                _ => random.Next(2) == 1,
            }
                ? 1
                : 0;
        }
        return AskedPlaces.Last(Batch.OfValues(values, times, Lanes, 2, new ClassTargets(classes)));
    }

    /// <summary>A network of 16 units for these sequences.</summary>
    public static Network NetworkOf(Cell cell) =>
        new()
        {
            Cell = cell,
            Inputs = 2,
            Hidden = Hidden,
            Outputs = 2,
        };

    /// <summary>A network drawn from a start, its cue N steps before the end and up to eight steps more before that.</summary>
    public static BuiltNetwork Draw(Cell cell, Initial initial, int lag, RandomStream random, LabelOf label = LabelOf.Cue)
    {
        Network network = NetworkOf(cell);
        Parameters<double> weights = initial.Draw(network, (long)(random.NextBits() >> 1));
        return new(new(network, weights), Ask(random, lag + 1 + random.Next(8), lag, label), lag);
    }

    /// <summary>Trains it on fresh sequences like its own until it gets 512 in a row right, or for so many steps; says whether it did.</summary>
    public bool Train(RandomStream random, int steps, LabelOf label = LabelOf.Cue)
    {
        const int Look = 20,
            Batches = 512 / Lanes;
        var trainer = new Trainer<double>(Model, Loss, new Adam<double>(Model.Network.ParameterCount), new ConstantRate(0.01))
        {
            ClipNorm = 1,
        };
        AskedPlaces Fresh() => Ask(random, Asked.Batch.Times, NeededLag, label);
        for (int step = 1; step <= steps; step++)
        {
            trainer.Step(Fresh().Batch);
            if (label == LabelOf.Cue && step % Look == 0 && Enumerable.Range(0, Batches).All(_ => IsRight(Fresh())))
                return true;
        }
        return false;
    }

    private bool IsRight(AskedPlaces asked)
    {
        Trace<double> trace = Model.Forward(asked.Batch);
        return Enumerable
            .Range(0, asked.Lanes)
            .All(lane => Probabilities.Largest(trace.ReadOut(asked.Times[lane], lane)) == asked.Class(lane));
    }

    /// <summary>The biases beside W_x of one gate, to be changed; <see cref="Model{T}.Pack"/> afterwards.</summary>
    public Span<double> BiasOf(string gate)
    {
        int index = GateBias.IndexOf(Model.Network.Cell, gate);
        return Model.Parameters[Model.Sites[0].InputBias!].Slice(index * Hidden, Hidden);
    }

    /// <summary>The stream that a network of that number is drawn from.</summary>
    public static RandomStream Stream(long seed) => new(seed, Purpose);
}
