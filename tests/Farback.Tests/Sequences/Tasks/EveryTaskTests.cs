using Farback.Sequences;

namespace Farback.Tests.Sequences.Tasks;

public sealed class EveryTaskTests
{
    public static TheoryData<string> Names => [.. AllTasks.List.Select(task => task.Name)];

    public static TheoryData<string> Generated => [.. AllTasks.List.Select(task => task.Name).Where(name => name != "agreement")];

    private static LearningTask Default(string name) => AllTasks.Make(name, new Dictionary<string, string>());

    [Theory]
    [MemberData(nameof(Names))]
    public void The_description_is_the_tasks_with_a_question_three_examples_and_defaults_that_make_it(string name)
    {
        TaskDescription description = AllTasks.Named(name)!.Describe();
        Assert.Equal(name, description.Name);
        Assert.Equal(name, Default(name).Name);
        Assert.Equal(3, description.Examples.Count);
        Assert.All(description.Examples, example => Assert.Equal(example.Input.Count, example.Target.Count));
        Assert.All(description.Examples, example => Assert.Contains(example.Target, target => target.Length > 0));
        Dictionary<string, string> defaults = description.Knobs.ToDictionary(knob => knob.Name, knob => knob.Default);
        Assert.Equal(Draw(Default(name)), Draw(AllTasks.Make(name, defaults)));
        Assert.NotEmpty(Default(name).Facts);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_a_task_says_of_its_shape_is_the_shape_of_its_batches(string name)
    {
        LearningTask task = Default(name);
        Batch batch = task.Next(new TaskPlace(3), 7);
        Assert.Equal(7, batch.Lanes);
        Assert.Equal(task.Words > 0, batch.Ids is not null);
        Assert.Equal(task.Inputs, batch.Inputs);
        Assert.Equal(task.Answer == Answer.OneClass, batch.Targets is ClassTargets);
        if (batch.Ids is { } ids)
            Assert.All(ids, id => Assert.InRange(id, 0, task.Words - 1));
        if (batch.Targets is ClassTargets classes)
            Assert.All(classes.Classes, y => Assert.InRange(y, ClassTargets.Ignored, task.Outputs - 1));
        else
            Assert.Equal(task.Outputs, ((ValueTargets)batch.Targets).Size);
        if (task.OutputWords.Count > 0)
            Assert.Equal(task.Outputs, task.OutputWords.Count);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_seed_gives_the_same_batches_another_seed_others_and_a_saved_place_goes_on(string name)
    {
        LearningTask task = Default(name);
        Assert.Equal(Draw(task), Draw(Default(name)));
        Assert.NotEqual(Draw(task), Draw(task, 4));

        TaskPlace place = new(3);
        task.Next(place, 5);
        TaskPlace later = new(99) { Position = place.Position };
        later.Random.Restore(place.Random.Save());
        Assert.Equal(TaskAnswers.Lanes(task.Next(place, 5)), TaskAnswers.Lanes(task.Next(later, 5)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Validation_and_test_are_the_same_however_they_are_cut_into_batches(string name)
    {
        LearningTask task = Default(name);
        foreach (Split split in (Split[])[Split.Validation, Split.Test])
        {
            string[] whole = [.. task.Held(split, 10_000).SelectMany(TaskAnswers.Lanes)];
            Assert.Equal(whole, task.Held(split, 37).SelectMany(TaskAnswers.Lanes));
            Assert.Equal(whole, Default(name).Held(split, 100).SelectMany(TaskAnswers.Lanes));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void No_validation_sequence_is_a_test_sequence_and_neither_is_trained_on(string name)
    {
        // ten bits make 1024 sequences, so parity's must be longer for a meeting by chance to be out of the question
        LearningTask task = name == "parity" ? new ParityTask(60) : Default(name);
        HashSet<string> validation = [.. task.Held(Split.Validation, 100).SelectMany(TaskAnswers.Lanes)];
        HashSet<string> test = [.. task.Held(Split.Test, 100).SelectMany(TaskAnswers.Lanes)];
        // the seed of the training is the seed of the held-out streams: only their purposes keep them apart
        HashSet<string> training = [.. TaskAnswers.Lanes(TaskAnswers.Many(task, 3000, seed: 1))];
        Assert.Empty(validation.Intersect(test));
        Assert.Empty(training.Intersect(validation));
        Assert.Empty(training.Intersect(test));
    }

    [Theory]
    [MemberData(nameof(Generated))]
    public void The_seed_of_a_task_changes_what_is_held_out_and_nothing_of_what_is_trained_on(string name)
    {
        LearningTask task = Default(name),
            other = AllTasks.Make(name, TaskAnswers.Knobs(("task-seed", "2"), ("held", "30")));
        Assert.Equal(Draw(task), Draw(other));
        Assert.Equal(30, other.Held(Split.Test, 8).Sum(batch => batch.Lanes));
        Assert.NotEqual(TaskAnswers.Lanes(task.Held(Split.Test, 30).First()), TaskAnswers.Lanes(other.Held(Split.Test, 30).First()));
        var error = Assert.Throws<ArgumentException>(() => task.Held(Split.Training, 8));
        Assert.Equal($"split: expected Validation or Test, got Training; {name} draws training sequences without end.", error.Message);
    }

    // that these lags are the inputs' own is checked by each task's tests
    [Theory]
    [InlineData("adding", "length", "20", 19)]
    [InlineData("copy", "delay", "30", 40)]
    [InlineData("temporal-order", "longest", "70", 62)]
    [InlineData("latch", "length", "40", 41)]
    [InlineData("parity", "length", "7", 6)]
    [InlineData("agreement", "fillers", "9", 21)]
    public void The_needed_lag_follows_the_knob(string name, string knob, string value, int lag) =>
        Assert.Equal(lag, AllTasks.Make(name, TaskAnswers.Knobs((knob, value))).NeededLag);

    [Theory]
    [InlineData("adding", "lenght", "50", "adding has no knob 'lenght'; it has length, held, task-seed.")]
    [InlineData(
        "adding",
        "length",
        "long",
        "length: expected a whole number, got 'long'; the knobs of adding are length, held, task-seed."
    )]
    [InlineData("adding", "length", "1", "length: expected 2 to 1000000, got 1; two numbers are to be added.")]
    [InlineData("adding", "held", "0", "held: expected 1 to 1000000, got 0; so many sequences are validated on, and as many tested.")]
    [InlineData("copy", "symbols", "1", "symbols: expected 2 to 1000, got 1; with a single one there is nothing to remember.")]
    [InlineData("copy", "delay", "0", "delay: expected 1 to 1000000, got 0; the delimiter alone is one step.")]
    [InlineData(
        "temporal-order",
        "shortest",
        "9",
        "shortest: expected 10 to 1000000, got 9; a tenth of it is the first place that X or Y may have."
    )]
    [InlineData("temporal-order", "longest", "19", "longest: expected 20 to 1000000, got 19; lengths run from shortest to longest.")]
    [InlineData(
        "latch",
        "informative",
        "51",
        "informative: expected 1 to 50, got 51; so many of the first steps tell the class, at most all of them."
    )]
    [InlineData(
        "latch",
        "variance",
        "0,2",
        "variance: expected a number with a decimal point, got '0,2'; the knobs of latch are length, informative, variance, held, task-seed."
    )]
    [InlineData("latch", "variance", "-1", "variance: expected 0 to 1000000, got -1; it is the noise's, beside a signal of 1.")]
    [InlineData("parity", "length", "0", "length: expected 1 to 1000000, got 0; it counts the bits.")]
    public void A_wrong_knob_is_one_sentence_that_says_what_was_expected(string name, string knob, string value, string message) =>
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => AllTasks.Make(name, TaskAnswers.Knobs((knob, value)))).Message);

    [Fact]
    public void Agreement_reads_its_switches_and_the_word_none()
    {
        var task = (AgreementLearning)
            AllTasks.Make("agreement", TaskAnswers.Knobs(("delayed", "on"), ("fewest-fillers", "1"), ("test-attractors", "none")));
        Assert.Equal((true, 1, null), (task.Task.Options.Delayed, task.Task.Options.FewestFillers, task.Task.Options.TestAttractors));
        var error = Assert.Throws<ArgumentException>(() => AllTasks.Make("agreement", TaskAnswers.Knobs(("delayed", "maybe"))));
        Assert.StartsWith("delayed: expected on or off, got 'maybe'; ", error.Message);
    }

    [Fact]
    public void An_unknown_task_names_those_there_are()
    {
        var error = Assert.Throws<ArgumentException>(() => AllTasks.Make("addition", new Dictionary<string, string>()));
        Assert.Equal("task: expected agreement, adding, copy, temporal-order, latch, parity, got 'addition'.", error.Message);
        Assert.Null(AllTasks.Named("addition"));
    }

    private static string Draw(LearningTask task, long seed = 3) =>
        string.Join('\n', TaskAnswers.Lanes(task.Next(new TaskPlace(seed), 20)));
}
