using Farback.Cells;
using Farback.Networks;
using Farback.Sequences;
using Farback.Training;

namespace Farback.Tests.Sequences.Tasks;

/// <summary>What the tests of the tasks share: batches of either kind, constant answers, a short training.</summary>
internal static class TaskAnswers
{
    public static Dictionary<string, string> Knobs(params (string Name, string Value)[] knobs) =>
        knobs.ToDictionary(knob => knob.Name, knob => knob.Value);

    public static Batch Many(LearningTask task, int lanes = 4000, long seed = 11) => task.Next(new TaskPlace(seed), lanes);

    /// <summary>All that a lane holds, as text: two lanes are alike exactly where these are.</summary>
    public static IEnumerable<string> Lanes(Batch batch) =>
        Enumerable
            .Range(0, batch.Lanes)
            .Select(lane =>
            {
                Batch one = batch.Lane(lane);
                string inputs = one.Ids is { } ids ? string.Join(' ', ids) : string.Join(' ', one.Values!);
                string targets = one.Targets is ClassTargets classes
                    ? string.Join(' ', classes.Classes)
                    : string.Join(' ', ((ValueTargets)one.Targets).Values);
                return $"{inputs} | {targets}";
            });

    public static IReadOnlyList<Score> Judge(LearningTask task, Batch batch, Func<int, int, double[]> say)
    {
        Judge judge = task.NewJudge();
        judge.Add(batch, (time, lane) => say(time, lane));
        return judge.Scores;
    }

    /// <summary>The first score on the test, after training a small network.</summary>
    public static double Learn(
        LearningTask task,
        Cell cell,
        int hidden,
        double rate,
        int steps,
        string initial = "default",
        int embedding = 0
    )
    {
        Network network = TaskTraining.NetworkFor(task, cell, hidden, embedding);
        Model<double> model = new(network, Initial.Parse(initial).Draw(network, 1));
        Trainer<double> trainer = new(model, TaskTraining.LossOf(task), new Adam<double>(network.ParameterCount), new ConstantRate(rate))
        {
            ClipNorm = 1,
        };
        TaskPlace place = new(1);
        for (int step = 0; step < steps; step++)
            trainer.Step(task.Next(place, 32));
        Judge judge = task.NewJudge();
        foreach (Batch batch in task.Held(Split.Test, 200))
            judge.Add(batch, model.Forward(batch).ReadOut);
        return judge.Scores[0].Value;
    }
}
