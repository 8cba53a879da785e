using Farback.Adjoints;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;

namespace Farback.Tests.Laws;

/// <summary>Few lanes go another way through the tiles; their numbers do not know it.</summary>
public sealed class FewLanesTests
{
    private const long Seed = 47;
    private const int Times = 27; // more than the steps whose inputs are added at a time
    private const int Lanes = 7;
    private const int Inputs = 11;

    public static TheoryData<string, Width, string> Everywhere => LawCell.Everywhere;

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void A_lane_is_the_same_to_the_bit_in_every_batch_and_on_every_number_of_threads(string cell, Width width, string precision)
    {
        LawCell.Require(width);
        foreach (Network network in Networks(cell))
        {
            if (precision == "double")
                Compare<double>(network, width);
            else
                Compare<float>(network, width);
        }
    }

    // no whole panel; one and a bit; two layers both ways; and one whose weights are more than a near cache holds
    private static IEnumerable<Network> Networks(string cell)
    {
        Network one = new()
        {
            Cell = LawCell.Named(cell),
            Inputs = Inputs,
            Hidden = 5,
            Outputs = 3,
        };
        return [one, one with { Hidden = 33, Layers = 2, Bidirectional = true }, one with { Hidden = 101 }];
    }

    private static void Compare<T>(Network network, Width width)
        where T : unmanaged
    {
        var model = new Model<T>(network, LawCell.Parameters(network, Seed).To<T>(), width);
        model.Threads = 1;
        T[][] whole = Numbers(model, [.. Enumerable.Range(0, Lanes)]);
        foreach (int[] few in new int[][] { [0], [Lanes - 1], [2, 5], [1, 3, 6] })
        foreach (int threads in new[] { 1, 2, 3, 5 })
        {
            model.Threads = threads;
            T[][] found = Numbers(model, few);
            for (int lane = 0; lane < few.Length; lane++)
                Assert.Equal(whole[few[lane]], found[lane]);
        }
    }

    // what each lane's run and its way back leave: outputs, final states, and the adjoints of its inputs and of its initial states
    private static T[][] Numbers<T>(Model<T> model, int[] lanes)
        where T : unmanaged
    {
        Network network = model.Network;
        int outputs = network.LayerOutputs;
        Trace<T> trace = model.Forward(BatchOf(lanes));
        var found = new List<T>[lanes.Length];
        T[] output = new T[outputs];
        for (int lane = 0; lane < lanes.Length; lane++)
        {
            found[lane] = [];
            for (int time = 0; time < Times; time++)
            {
                trace.Output(network.Layers - 1, time, lane, output);
                found[lane].AddRange(output);
                found[lane].AddRange(trace.Batch.IsValid(time, lane) ? trace.ReadOut(time, lane) : []);
            }
        }
        double[] adjoints =
        [
            .. Enumerable
                .Range(0, Times)
                .SelectMany(time => lanes.SelectMany(lane => Normal(2 + lane, Times * outputs).Skip(time * outputs).Take(outputs))),
        ];
        var reader = new Everything<T>(found);
        new Sweep<T>(model, Times, lanes.Length).Walk(
            trace,
            Seeds<T>.Given(trace, adjoints, scaled: false),
            RowPlan.OneRowPerLane(Times, lanes.Length),
            reader,
            scaled: false
        );
        return [.. found.Select(numbers => numbers.ToArray())];
    }

    private static Batch BatchOf(int[] lanes)
    {
        double[][] values = [.. lanes.Select(lane => Normal(100 + lane, Times * Inputs))];
        return Batch.OfValues(
            [.. Enumerable.Range(0, Times).SelectMany(time => values.SelectMany(lane => lane.Skip(time * Inputs).Take(Inputs)))],
            Times,
            lanes.Length,
            Inputs,
            new ClassTargets(new int[Times * lanes.Length]),
            [.. lanes.Select(lane => Times - lane % 3 * 4)]
        );
    }

    private static double[] Normal(int stream, int count)
    {
        var random = new RandomStream(Seed, stream);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextNormal())];
    }

    private sealed class Everything<T>(List<T>[] found) : Reader<T>
        where T : unmanaged
    {
        public override bool WantsInput => true;

        public override bool RowsMeet => false;

        public override void Start(in Position<T> at)
        {
            for (int row = at.First; row < at.Last; row++)
            for (int part = 0; part < at.Rows.Parts; part++)
            for (int unit = 0; unit < at.Rows.Units; unit++)
                found[row].Add(at.Rows.At(row, part, unit));
        }

        public override void Input(int time, int row, ReadOnlySpan<T> adjoint, int exponent) => found[row].AddRange(adjoint);
    }
}
