using Farback.Cells;
using Farback.Experiments;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Tests.Experiments;

public sealed class AgreementTrialTests
{
    private static readonly AgreementTrialSpec Short = new()
    {
        Cell = AllCells.Lstm,
        Initial = Initial.Parse("forget=1"),
        Task = new()
        {
            Fillers = 0,
            Nouns = 8,
            Adjectives = 8,
            Sentences = 512,
            TestSentences = 60,
        },
        Hidden = 16,
        Embedding = 8,
        Rate = 0.02,
        Iterations = 300,
        Lanes = 16,
        LookEvery = 20,
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static AgreementTrialResult Run(AgreementTrialSpec spec, Action<AgreementLook>? progress = null) =>
        AgreementTrial.Run(spec, progress, Stop);

    [Fact]
    public void A_verb_next_to_its_subject_is_learned_and_training_stops_early()
    {
        AgreementTrialResult result = Run(Short);
        Assert.True(result.IsLearned, $"verb {result.Verb}");
        Assert.Equal(1, result.Words);
        Assert.NotNull(result.LearnedAt);
        Assert.Equal(result.LearnedAt + 2 * Short.LookEvery, result.Iterations); // three looks in a row
        Assert.True(result.Iterations < Short.Iterations);
        Assert.Equal([1], result.Accuracy.VerbByLag.Keys);
    }

    [Fact]
    public void The_same_specification_gives_the_same_result_bit_for_bit()
    {
        AgreementTrialSpec spec = Short with { Iterations = 30, LooksToStop = 0 };
        AgreementTrialResult one = Run(spec),
            other = Run(spec);
        Assert.Equal(one.Trained.Values, other.Trained.Values);
        Assert.Equal(one.History, other.History);
        Assert.NotEqual(one.Trained.Values, Run(spec with { Seed = 2 }).Trained.Values);
    }

    [Fact]
    public void It_keeps_the_parameters_it_began_with_and_tells_of_every_look()
    {
        List<AgreementLook> looks = [];
        AgreementTrialSpec spec = Short with { Iterations = 50, LooksToStop = 0 };
        AgreementTrialResult result = Run(spec, looks.Add);
        Assert.Equal(Initial.Parse("forget=1").Draw(result.Network, spec.Seed).Values, result.Initial.Values);
        Assert.NotEqual(result.Initial.Values, result.Trained.Values);
        Assert.Equal(looks, result.History);
        Assert.Equal([0, 20, 40, 50], looks.Select(look => look.Iteration));
        Assert.True(double.IsNaN(looks[0].Loss));
        Assert.True(looks[^1].Loss < looks[1].Loss);
        Assert.Equal(50, result.Iterations);
    }

    [Fact]
    public void It_can_be_cancelled()
    {
        using CancellationTokenSource source = new();
        Assert.Throws<OperationCanceledException>(() => AgreementTrial.Run(Short, _ => source.Cancel(), source.Token));
    }

    [Fact]
    public void Runs_may_share_their_sentences_but_only_those_of_the_specification()
    {
        AgreementTask task = new(Short.Task);
        AgreementTrialSpec spec = Short with { Iterations = 10 };
        Assert.Equal(Run(spec).Trained.Values, AgreementTrial.Run(spec, task, null, Stop).Trained.Values);
        Assert.Throws<ArgumentException>(() => AgreementTrial.Run(spec with { Task = spec.Task with { Seed = 9 } }, task, null, Stop));
    }

    [Fact]
    public void A_trained_network_can_be_examined_at_another_lag_of_the_same_words()
    {
        AgreementTrialResult result = Run(Short with { Iterations = 10 });
        AgreementTask longer = new(Short.Task with { Fillers = 4 });
        AgreementExamination examination = new(new(result.Network, result.Trained), longer.Test);
        AgreementAccuracy accuracy = examination.Run();
        Assert.Equal([11], accuracy.VerbByLag.Keys);
        Assert.Equal(60, accuracy.Verb.Count);
        Assert.Equal(accuracy.Words, examination.Run().Words);

        AgreementTask richer = new(new() { Sentences = 50, TestSentences = 50 });
        var error = Assert.Throws<ArgumentException>(() => new AgreementExamination(new(result.Network, result.Trained), richer.Test));
        Assert.Contains("fewer nouns", error.Message);
    }
}
