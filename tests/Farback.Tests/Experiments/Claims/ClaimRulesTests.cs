using Farback.Cells;
using Farback.Experiments;
using Farback.Networks;
using Farback.Reports;
using Farback.Sequences;

namespace Farback.Tests.Experiments;

/// <summary>Every rule is fed numbers, or a network, on which its verdict flips.</summary>
public sealed class ClaimRulesTests
{
    private static ClaimNumber N(params double[] perSeed) => new("", ClaimUnit.Share, perSeed);

    [Fact]
    public void An_interval_is_above_below_or_straddles_and_one_seed_decides_nothing()
    {
        Assert.True(N(0.995, 1, 1).AtLeast(0.99));
        Assert.False(N(0.5, 0.98, 0.7).AtLeast(0.99));
        Assert.Null(N(0.5, 1, 1).AtLeast(0.99));
        Assert.Null(N(1).AtLeast(0.99));
        Assert.Null(N(1, double.NaN).AtLeast(0.99));
    }

    [Fact]
    public void Claim_1_turns_on_the_number_of_matrices_and_on_the_residual()
    {
        Assert.Equal(ClaimVerdict.Right, ThreeSets.Rule(3, 1e-14));
        Assert.Equal(ClaimVerdict.Partly, ThreeSets.Rule(5, 1e-14));
        Assert.Equal(ClaimVerdict.Wrong, ThreeSets.Rule(3, 1e-3));
        Assert.Equal(ClaimVerdict.Wrong, ThreeSets.Answer([new(3, 1e-14, 0.1), new(3, 1e-3, 0.1)]).Verdict);
    }

    [Theory]
    [InlineData(1, 3, ClaimVerdict.Right)]
    [InlineData(2, 5, ClaimVerdict.Partly)]
    public void Claim_1_is_right_of_one_layer_and_partly_right_of_a_stack(int layers, int matrices, ClaimVerdict verdict)
    {
        var task = new AgreementTask(new() { Fillers = 0, TestSentences = 8 });
        var network = new Network
        {
            Cell = AllCells.Lstm,
            Inputs = task.Vocabulary.InputWords.Count,
            Hidden = 4,
            Layers = layers,
            Outputs = task.Vocabulary.OutputWords.Count,
        };
        var model = new Model<double>(network, Initial.Default.Draw(network, 1));
        var sets = ThreeSets.Of(model, AgreementTask.BatchOf([task.Test[0]]), 1);
        Assert.Equal(matrices, sets.Matrices);
        Assert.Equal(verdict, ThreeSets.Rule(sets.Matrices, sets.Residual));
    }

    [Fact]
    public void Claim_2_turns_on_a_role_that_nobody_plays()
    {
        ClaimNumber served = N(0.2, 0.3),
            idle = N(0.001, 0.002);
        Assert.Equal(ClaimVerdict.Right, TwoRoles.Rule([served, served], 0));
        Assert.Equal(ClaimVerdict.Wrong, TwoRoles.Rule([idle, idle], 0));
        Assert.Equal(ClaimVerdict.Partly, TwoRoles.Rule([served, idle], 0));
        Assert.Equal(ClaimVerdict.Partly, TwoRoles.Rule([served, served], 0.1));
        Assert.Equal(ClaimVerdict.Undecided, TwoRoles.Rule([served, N(0.001, 0.3)], 0));
    }

    [Fact]
    public void Claim_3_turns_on_the_sum_and_on_the_drift()
    {
        Assert.Equal(ClaimVerdict.Wrong, WordByWord.Rule(1e-6, N(0.2, 0.3)));
        Assert.Equal(ClaimVerdict.Partly, WordByWord.Rule(1e-16, N(0.2, 0.3)));
        Assert.Equal(ClaimVerdict.Right, WordByWord.Rule(1e-16, N(0.001, 0.002)));
        Assert.Equal(ClaimVerdict.Undecided, WordByWord.Rule(1e-16, N(0.001, 0.3)));
    }

    [Theory]
    [InlineData(1, ClaimVerdict.Right)]
    [InlineData(5, ClaimVerdict.Partly)]
    public void Claim_3_is_right_of_sentences_of_one_word(int words, ClaimVerdict verdict)
    {
        var network = new Network
        {
            Cell = AllCells.Elman,
            Inputs = 3,
            Hidden = 8,
            Outputs = 3,
        };
        int[] ids = [.. Enumerable.Range(0, words * 2).Select(i => i % 3)];
        Batch batch = Batch.OfIds(ids, words, 2, new ClassTargets(ids));
        WordByWord[] seeds =
        [
            .. new long[] { 1, 2 }.Select(seed => WordByWord.Of(new(network, Initial.Default.Draw(network, seed)), batch)),
        ];
        Assert.All(seeds, one => Assert.InRange(one.Residual, 0, WordByWord.Tolerance));
        Assert.All(seeds, one => Assert.Equal((words + 1) / 2.0, one.Walked));
        Assert.Equal(verdict, WordByWord.Answer(seeds).Verdict);
    }

    [Fact]
    public void Claim_4_turns_on_one_training_that_spoils_role_one()
    {
        ClaimNumber well = N(1, 1, 0.995),
            badly = N(0.6, 0.7, 0.65);
        Assert.Equal(ClaimVerdict.Right, RoleOneTrained.Rule([well, well], [well, well]));
        Assert.Equal(ClaimVerdict.Partly, RoleOneTrained.Rule([well, well], [well, badly]));
        Assert.Equal(ClaimVerdict.Wrong, RoleOneTrained.Rule([well, badly], [well, well]));
        Assert.Equal(ClaimVerdict.Undecided, RoleOneTrained.Rule([well, well], [N(0.9, 1, 1)]));
        Assert.Equal(ClaimVerdict.Undecided, RoleOneTrained.Rule([N(0.9, 1, 1), well], [badly]));
    }

    [Fact]
    public void Claim_5_turns_on_what_arrives_what_is_learned_and_what_taught_it()
    {
        ClaimNumber faded = N(-6, -7),
            kept = N(-0.1, -0.2),
            learned = N(1, 1),
            guessed = N(0.5, 0.55);
        Assert.Equal(ClaimVerdict.Partly, RoleTwoTrained.Rule(faded, guessed, learned, guessed));
        Assert.Equal(ClaimVerdict.Right, RoleTwoTrained.Rule(faded, guessed, guessed, guessed));
        Assert.Equal(ClaimVerdict.Right, RoleTwoTrained.Rule(faded, guessed, learned, learned));
        Assert.Equal(ClaimVerdict.Wrong, RoleTwoTrained.Rule(kept, guessed, learned, guessed));
        Assert.Equal(ClaimVerdict.Wrong, RoleTwoTrained.Rule(faded, learned, learned, guessed));
        Assert.Equal(ClaimVerdict.Undecided, RoleTwoTrained.Rule(N(-6, -1), guessed, learned, guessed));
    }

    [Fact]
    public void Claim_6_turns_on_the_past_that_is_exchanged()
    {
        ClaimNumber right = N(1, 1),
            wrong = N(0.02, 0.1);
        Assert.Equal(ClaimVerdict.Partly, NoContextNeeded.Rule(right, right, wrong));
        Assert.Equal(ClaimVerdict.Right, NoContextNeeded.Rule(right, right, right));
        Assert.Equal(ClaimVerdict.Wrong, NoContextNeeded.Rule(right, wrong, wrong));
        Assert.Equal(ClaimVerdict.Wrong, NoContextNeeded.Rule(wrong, right, wrong));
        Assert.Equal(ClaimVerdict.Undecided, NoContextNeeded.Rule(right, right, N(0.5, 1)));
    }

    [Theory]
    [InlineData(20, 0, ClaimVerdict.Right)]
    [InlineData(0, 20, ClaimVerdict.Wrong)]
    [InlineData(10, 10, ClaimVerdict.Partly)]
    [InlineData(1, 2, ClaimVerdict.Undecided)]
    [InlineData(6, 1, ClaimVerdict.Undecided)]
    public void Claim_7_turns_on_how_many_failures_have_lost_the_number(int lost, int kept, ClaimVerdict verdict) =>
        Assert.Equal(verdict, GarbageContext.Rule(lost, kept));

    [Fact]
    public void The_questions_turn_too()
    {
        Assert.Equal(ClaimVerdict.Wrong, SumOrMultiply.Rule(1e-16, 1));
        Assert.Equal(ClaimVerdict.Right, SumOrMultiply.Rule(1, 1e-16));
        Assert.Equal(ClaimVerdict.Undecided, SumOrMultiply.Rule(1, 1));
        Assert.Equal(ClaimVerdict.Wrong, EarlySteps.Rule(N(0, 0.1)));
        Assert.Equal(ClaimVerdict.Right, EarlySteps.Rule(N(-3, -4)));
        Assert.Equal(ClaimVerdict.Undecided, EarlySteps.Rule(N(-3, 0)));
        Assert.Equal(ClaimVerdict.Wrong, FourSteps.Rule(0.1, 1e-17));
        Assert.Equal(ClaimVerdict.Right, FourSteps.Rule(1e-17, 0.1));
        Assert.Equal(ClaimVerdict.Undecided, FourSteps.Rule(1e-17, 1e-17));
    }
}
