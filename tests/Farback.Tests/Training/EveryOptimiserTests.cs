using System.Numerics;
using Farback.Numbers;
using Farback.Training;

namespace Farback.Tests.Training;

/// <summary>Laws that hold for every optimiser; a new one is one line in the list.</summary>
public sealed class EveryOptimiserTests
{
    private const int Seed = 7;

    public static TheoryData<string> Names =>
        [
            "Sgd",
            "Sgd with momentum",
            "Nesterov",
            "RmsProp",
            "RmsProp, centred, with momentum",
            "Adam",
            "Adam with decay",
            "AdamW",
            "Adagrad",
        ];

    private static Optimiser<T> Create<T>(string name, int count, Width width)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        name switch
        {
            "Sgd" => new Sgd<T>(count, weightDecay: 0.01) { Width = width },
            "Sgd with momentum" => new Sgd<T>(count, 0.9, 0.01) { Width = width },
            "Nesterov" => new Nesterov<T>(count, 0.9, 0.01) { Width = width },
            "RmsProp" => new RmsProp<T>(count, 0.9) { Width = width },
            "RmsProp, centred, with momentum" => new RmsProp<T>(count, 0.9, momentum: 0.8, weightDecay: 0.01, centred: true)
            {
                Width = width,
            },
            "Adam" => new Adam<T>(count) { Width = width },
            "Adam with decay" => new Adam<T>(count, 0.8, 0.95, 1e-6, 0.1) { Width = width },
            "AdamW" => new AdamW<T>(count) { Width = width },
            "Adagrad" => new Adagrad<T>(count, 0.01, weightDecay: 0.01, initialSum: 0.1) { Width = width },
            _ => throw new ArgumentException(name),
        };

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_width_gives_the_same_bits(string name)
    {
        foreach (int count in new[] { 0, 1, 2, 7, 16, 33 })
        {
            WidthsAgree<double>(name, count);
            WidthsAgree<float>(name, count);
        }
    }

    private static void WidthsAgree<T>(string name, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Optimiser<T> plain = Create<T>(name, count, Width.Scalar);
        T[] expected = Train(plain, Start<T>(count), 0, 5);
        Assert.Equal(count == 0, expected.SequenceEqual(Start<T>(count)));
        foreach (Width width in Widths.Supported)
        {
            Optimiser<T> fast = Create<T>(name, count, width);
            Assert.Equal(expected, Train(fast, Start<T>(count), 0, 5));
            Assert.Equal(plain.State.Select(s => s.Values), fast.State.Select(s => s.Values));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_restored_state_continues_bit_for_bit(string name)
    {
        const int Count = 33;
        Optimiser<float> whole = Create<float>(name, Count, Widths.Current);
        float[] expected = Train(whole, Start<float>(Count), 0, 9);

        Optimiser<float> first = Create<float>(name, Count, Widths.Current);
        float[] parameters = Train(first, Start<float>(Count), 0, 4);
        Optimiser<float> second = Create<float>(name, Count, Widths.Current);
        second.Steps = first.Steps;
        foreach (var ((from, saved), (to, values)) in first.State.Zip(second.State))
        {
            Assert.Equal(from, to);
            saved.CopyTo(values, 0);
        }
        Assert.Equal(expected, Train(second, parameters, 4, 9));
        Assert.Equal(9, second.Steps);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_forgotten_state_does_not_continue(string name)
    {
        // the test above could not fail if the state did not matter
        if (name == "Sgd")
            return;
        const int Count = 5;
        Optimiser<double> whole = Create<double>(name, Count, Widths.Current);
        double[] expected = Train(whole, Start<double>(Count), 0, 9);
        Optimiser<double> first = Create<double>(name, Count, Widths.Current);
        double[] parameters = Train(first, Start<double>(Count), 0, 4);
        Optimiser<double> second = Create<double>(name, Count, Widths.Current);
        second.Steps = first.Steps;
        Assert.NotEqual(expected, Train(second, parameters, 4, 9));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_step_allocates_nothing(string name)
    {
        const int Count = 33;
        float[] parameters = Start<float>(Count),
            gradient = Gradient<float>(Count, 0);
        foreach (Width width in Widths.Supported)
        {
            Optimiser<float> optimiser = Create<float>(name, Count, width);
            optimiser.Step(parameters, gradient, 0.01);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int step = 0; step < 100; step++)
                optimiser.Step(parameters, gradient, 0.01);
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_bowl_is_descended(string name)
    {
        // J = ½‖θ‖², whose gradient is θ; from near by, for Adagrad's rate only ever falls
        double[] parameters = [.. Start<double>(9).Select(x => x / 10)];
        double before = Euclidean.Norm<double>(parameters);
        Optimiser<double> optimiser = Create<double>(name, 9, Widths.Current);
        for (int step = 0; step < 400; step++)
            optimiser.Step(parameters, [.. parameters], 0.02);
        Assert.True(Euclidean.Norm<double>(parameters) < 0.1 * before);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Lengths_that_do_not_fit_are_refused(string name)
    {
        Optimiser<double> optimiser = Create<double>(name, 3, Width.Scalar);
        Assert.Throws<ArgumentException>(() => optimiser.Step(new double[2], new double[3], 0.1));
        Assert.Throws<ArgumentException>(() => optimiser.Step(new double[3], new double[4], 0.1));
        Assert.Equal(0, optimiser.Steps);
    }

    private static T[] Train<T>(Optimiser<T> optimiser, T[] parameters, int from, int to)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int step = from; step < to; step++)
            optimiser.Step(parameters, Gradient<T>(parameters.Length, step), 0.05);
        return parameters;
    }

    private static T[] Start<T>(int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Normal<T>(count, -1);

    private static T[] Gradient<T>(int count, int step)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Normal<T>(count, step);

    private static T[] Normal<T>(int count, int purpose)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RandomStream random = new(Seed, purpose);
        T[] numbers = new T[count];
        for (int i = 0; i < count; i++)
            numbers[i] = T.CreateTruncating(random.NextNormal());
        return numbers;
    }
}
