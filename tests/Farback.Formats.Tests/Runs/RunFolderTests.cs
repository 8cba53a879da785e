using Farback.Training;

namespace Farback.Formats.Tests.Runs;

/// <summary>A run's folder is at every moment one from which the run can go on.</summary>
public sealed class RunFolderTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    private string Place => Path.Combine(_temporary.Path, "runs", "one");

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void What_it_is_and_where_it_stood_come_back()
    {
        using (RunFolder made = RunFolder.Create(Place, Sample.Description))
        {
            made.Save(Sample.Network, Sample.State(3));
            made.Describe(Sample.Description with { State = RunState.Interrupted });
        }
        using RunFolder opened = RunFolder.Open(Place);
        Assert.Equal(RunState.Interrupted, opened.Description.State);
        Assert.Equal(Sample.Description.InputWords, opened.Description.InputWords);
        Assert.Equal(Sample.Network, opened.Description.Network.ToNetwork());
        Assert.Equal(5, (int)opened.Description.Task.Knobs["lag"]!);
        Assert.Equal(3, opened.Load<double>(out string? note)!.Step);
        Assert.Null(note);
        Assert.Equal(Sample.State(3).Parameters, WeightsFile.Read(RunFolder.WeightsOf(Place)).Values);
        Assert.Equal(Sample.State(3).Best, WeightsFile.Read(RunFolder.BestOf(Place)).Values);
    }

    [Fact]
    public void Looks_come_back_and_those_behind_the_checkpoint_are_taken_again()
    {
        using RunFolder folder = RunFolder.Create(Place, Sample.Description);
        foreach (long step in (long[])[0, 2, 4])
            folder.Add(Sample.Look(step));
        File.AppendAllText(RunFolder.WatchOf(Place), "{\"step\":6,\"lan"); // a kill in the middle of a write
        Assert.Equal([0, 2, 4], folder.Watched().Select(row => row.Step));
        WatchRow row = folder.Watched()[1];
        Assert.Equal(Sample.Look(2).Profile, row.Profile);
        Assert.Equal(Sample.Look(2).Tenth, row.Tenth);
        Assert.Equal(Sample.Look(2).Shares, row.Shares);
        byte[] before = File.ReadAllBytes(RunFolder.WatchOf(Place));

        folder.Save(Sample.Network, Sample.State(3));
        folder.Load<double>(out _);
        Assert.Equal([0, 2], folder.Watched().Select(look => look.Step));
        byte[] after = File.ReadAllBytes(RunFolder.WatchOf(Place));
        Assert.Equal(before[..after.Length], after); // the same bits, not only the same numbers
    }

    [Fact]
    public void A_checkpoint_that_was_cut_short_gives_way_to_the_one_before_it_and_says_so()
    {
        using RunFolder folder = RunFolder.Create(Place, Sample.Description);
        folder.Save(Sample.Network, Sample.State(2));
        folder.Save(Sample.Network, Sample.State(3));
        byte[] bytes = File.ReadAllBytes(RunFolder.CheckpointOf(Place));
        File.WriteAllBytes(RunFolder.CheckpointOf(Place), bytes[..(bytes.Length / 2)]);
        Assert.Equal(2, folder.Load<double>(out string? note)!.Step);
        Assert.Contains("was cut short or changed", note, StringComparison.Ordinal);
        Assert.Contains("at step 2, is used instead", note, StringComparison.Ordinal);
        File.WriteAllBytes(RunFolder.PreviousOf(Place), []);
        Assert.Throws<MalformedFileException>(() => folder.Load<double>(out _));
    }

    [Fact]
    public void Between_the_two_renames_of_a_checkpoint_the_one_before_it_stands_in()
    {
        using RunFolder folder = RunFolder.Create(Place, Sample.Description);
        folder.Save(Sample.Network, Sample.State(2));
        File.Move(RunFolder.CheckpointOf(Place), RunFolder.PreviousOf(Place));
        Assert.Equal(2, folder.Load<double>(out string? note)!.Step);
        Assert.Null(note);
    }

    [Fact]
    public void History_and_scalars_go_back_to_the_checkpoint_and_on_from_there()
    {
        using RunFolder folder = RunFolder.Create(Place, Sample.Description);
        for (int step = 1; step <= 5; step++)
            folder.Add(Sample.Row(step));
        string whole = File.ReadAllText(RunFolder.HistoryOf(Place));
        folder.Save(Sample.Network, Sample.State(3));
        File.AppendAllText(RunFolder.HistoryOf(Place), "6,0.1"); // a line that a kill cut short
        folder.Load<double>(out _);
        Assert.Equal(4, File.ReadLines(RunFolder.HistoryOf(Place)).Count());
        Assert.Equal(3, EventFile.Read(RunFolder.EventsOf(Place)).Max(scalar => scalar.Step));
        folder.Add(Sample.Row(4));
        folder.Add(Sample.Row(5));
        Assert.Equal(whole, File.ReadAllText(RunFolder.HistoryOf(Place)));
        Assert.Equal(
            Enumerable.Range(1, 5).SelectMany(step => Enumerable.Repeat((long)step, 6)),
            EventFile.Read(RunFolder.EventsOf(Place)).Select(scalar => scalar.Step)
        );
    }

    [Fact]
    public void Scalars_that_were_lost_are_written_again_from_the_checkpoint()
    {
        using RunFolder folder = RunFolder.Create(Place, Sample.Description);
        folder.Save(Sample.Network, Sample.State(3));
        folder.Load<double>(out _);
        Assert.Equal([1, 2, 3], EventFile.Read(RunFolder.EventsOf(Place)).Select(scalar => (int)scalar.Step).Distinct());
    }

    [Fact]
    public void History_is_csv_that_reads_back_to_the_last_digit()
    {
        using RunFolder folder = RunFolder.Create(Place, Sample.Description);
        folder.Add(Sample.Row(3));
        string[] lines = File.ReadAllLines(RunFolder.HistoryOf(Place));
        Assert.Equal("step,loss,gradient_norm,clipped_norm,rate,accuracy,\"loss, \"\"squared\"\"\"", lines[0]);
        Assert.Equal("3,0.1111111111111111,NaN,1E-300,0.1,0.30000000000000004,Infinity", lines[1]);
    }

    [Fact]
    public void A_full_disk_leaves_the_checkpoint_that_was_there_and_no_part()
    {
        string file = Path.Combine(_temporary.Path, "file");
        AtomicFile.Write(file, "old"u8.ToArray());
        Assert.Throws<IOException>(() =>
            AtomicFile.Write(
                file,
                stream =>
                {
                    stream.Write("ne"u8);
                    throw new IOException("No space left on device");
                },
                file + ".previous"
            )
        );
        Assert.Equal("old", File.ReadAllText(file));
        Assert.Equal([file], Directory.GetFiles(_temporary.Path));
    }

    [Fact]
    public void Parts_that_a_killed_process_left_are_swept_away()
    {
        RunFolder.Create(Place, Sample.Description).Dispose();
        File.WriteAllText(Path.Combine(Place, ".checkpoint.safetensors.part"), "half");
        using RunFolder folder = RunFolder.Open(Place);
        Assert.Equal(1, folder.LeftOver);
        Assert.DoesNotContain(Directory.GetFiles(Place), file => file.EndsWith(".part", StringComparison.Ordinal));
    }

    [Fact]
    public void A_run_is_given_up_only_by_force_and_nothing_else_is_ever_deleted()
    {
        using (RunFolder folder = RunFolder.Create(Place, Sample.Description))
            folder.Save(Sample.Network, Sample.State(2));
        Assert.Contains(
            "--resume",
            Assert.Throws<IOException>(() => RunFolder.Create(Place, Sample.Description)).Message,
            StringComparison.Ordinal
        );
        File.WriteAllText(Path.Combine(Place, "notes.txt"), "mine");
        RunFolder.Create(Place, Sample.Description, force: true).Dispose();
        Assert.False(File.Exists(RunFolder.CheckpointOf(Place)));
        Assert.True(File.Exists(Path.Combine(Place, "notes.txt")));

        File.Delete(RunFolder.DescriptionOf(Place));
        Assert.Contains(
            "holds no run",
            Assert.Throws<IOException>(() => RunFolder.Create(Place, Sample.Description, force: true)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Two_trainings_at_once_in_one_folder_are_refused()
    {
        using RunFolder folder = RunFolder.Create(Place, Sample.Description);
        Assert.Contains("another process", Assert.Throws<IOException>(() => RunFolder.Open(Place)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "run.json")]
    [InlineData("{", "run.json")]
    [InlineData("null", "run.json")]
    [InlineData("{\"format\": \"farback-run\"}", "run.json")]
    public void A_run_json_that_is_none_is_refused_with_its_place(string text, string says)
    {
        RunFolder.Create(Place, Sample.Description).Dispose();
        File.WriteAllText(RunFolder.DescriptionOf(Place), text);
        Assert.Contains(says, Assert.Throws<MalformedFileException>(() => RunFolder.Open(Place)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_version_of_the_future_is_refused()
    {
        RunFolder.Create(Place, Sample.Description with { Version = 2 }).Dispose();
        Assert.Contains(
            "version 2; expected farback-run, version 1",
            Assert.Throws<MalformedFileException>(() => RunFolder.Read(Place)).Message,
            StringComparison.Ordinal
        );
    }
}
