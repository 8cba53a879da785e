using System.Text;
using Farback.Sequences;

namespace Farback.Formats.Tests.Data;

public sealed class TextTaskTests : OwnFiles
{
    private static readonly DataOptions Small = new() { Window = 4 };

    // « ab » over and over: 40 characters, 32 trained on, 4 and 4 held out
    private string Alternating() => Text("ab.txt", string.Concat(Enumerable.Repeat("ab", 20)));

    [Fact]
    public void The_next_character_stands_as_target_under_each_of_a_drawn_window()
    {
        using TextTask task = new(Alternating(), Small);
        Assert.Equal(["<unk>", "a", "b"], task.InputWords);
        Batch batch = task.Next(new TaskPlace(1), 3);
        Assert.Equal((4, 3), (batch.Times, batch.Lanes));
        int[] targets = ((ClassTargets)batch.Targets).Classes;
        for (int place = 0; place < batch.Ids!.Length; place++)
            Assert.Equal(3 - batch.Ids[place], targets[place]);
    }

    [Fact]
    public void Every_held_out_character_is_asked_exactly_once_after_some_that_are_only_read()
    {
        string text = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.,;:!?-+*/";
        using TextTask task = new(Text("all.txt", text + text[..8]), Small with { TestShare = 0.2 });
        Assert.Equal([56L, 8, 16], task.Description.Splits.Select(split => split.Count));
        foreach ((Split split, int from, int count) in ((Split, int, int)[])[(Split.Validation, 56, 8), (Split.Test, 64, 16)])
        {
            List<string> asked = [];
            foreach (Batch batch in task.Held(split, 2))
                for (int lane = 0; lane < batch.Lanes; lane++)
                {
                    Assert.False(batch.HasLoss(3, lane));
                    for (int time = 4; time < batch.Lengths[lane]; time++)
                    {
                        Assert.True(batch.HasLoss(time, lane));
                        asked.Add(task.InputWords[((ClassTargets)batch.Targets).Classes[time * batch.Lanes + lane]]);
                    }
                }
            // what only the held-out parts contain is unknown
            Assert.Equal((text + text[..8]).Substring(from, count).Select(c => text.IndexOf(c) < 56 ? $"{c}" : "<unk>"), asked);
        }
    }

    [Fact]
    public void A_lane_that_carries_state_goes_on_with_the_character_after_its_last()
    {
        string text = "abcdefghijklmnopqrstuvwxyz0123456789ABCD";
        using TextTask task = new(Text("long.txt", text), Small with { Contiguous = true });
        Assert.True(task.CarriesState);
        TaskPlace place = new(1);
        List<string> lanes = ["", ""];
        for (int step = 0; step < 7; step++)
        {
            Batch batch = task.Next(place, 2);
            for (int lane = 0; lane < 2; lane++)
            for (int time = 0; time < 4; time++)
                lanes[lane] += task.InputWords[batch.Ids![time * 2 + lane]];
        }
        Assert.Equal(7, place.Position);
        Assert.Equal(["abcdefghijklmnopqrstuvwxyz01", "mnopqrstuvwxyz01abcdefghijkl"], lanes);
    }

    [Fact]
    public void A_byte_order_mark_and_line_ends_of_two_bytes_change_no_batch()
    {
        string text = string.Concat(Enumerable.Range(0, 60).Select(line => $"Zeile {line}: größer — 🙂\n"));
        string plain = Text("plain.txt", text),
            other = Bytes("other.txt", [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(text.Replace("\n", "\r\n"))]);
        foreach (TextUnit unit in Enum.GetValues<TextUnit>())
        {
            using TextTask one = new(plain, Small with { Unit = unit }),
                two = new(other, Small with { Unit = unit });
            Assert.Equal(one.InputWords, two.InputWords);
            Assert.Equal(one.Facts, two.Facts);
            Assert.Equal(one.Next(new TaskPlace(7), 5).Ids, two.Next(new TaskPlace(7), 5).Ids);
            Assert.Equal(one.Held(Split.Test, 3).SelectMany(batch => batch.Ids!), two.Held(Split.Test, 3).SelectMany(batch => batch.Ids!));
        }
    }

    [Fact]
    public void Words_end_at_blanks_and_marks_and_rare_ones_are_unknown()
    {
        string text = string.Concat(Enumerable.Repeat("The dog's bone, it\tlay.\n", 5)) + "once";
        using TextTask task = new(Text("words.txt", text), Small with { Unit = TextUnit.Words, TestShare = 0.2 });
        Assert.Equal(
            ["<unk>", "\n", ",", ".", "The", "bone", "dog's", "it", "lay"],
            task.InputWords.Order(StringComparer.Ordinal).OrderBy(word => word != "<unk>")
        );
        Assert.Contains(task.Facts, fact => fact.StartsWith("41 words in 6 lines", StringComparison.Ordinal));
    }

    [Fact]
    public void The_unigram_and_bigram_of_two_alternating_letters_are_what_a_hand_computes()
    {
        using TextTask task = new(Alternating(), Small);
        Judge judge = task.NewJudge();
        foreach (Batch batch in task.Held(Split.Test, 2))
            judge.Add(batch, (_, _) => new double[3]);
        Score bits = judge.Scores[0];
        Assert.Equal("bits per character", bits.Name);
        Assert.Equal(4, bits.Count);
        Assert.Equal(Math.Log2(3), bits.Value, 1e-12);
        // 16 of each letter in 32, two kinds, three words: P = (16 + 2/3) / 34
        double unigram = (16 + 2.0 / 3) / 34;
        Assert.Equal(-Math.Log2(unigram), bits.Baselines![0].Value, 1e-12);
        // after a came b 16 times, after b came a 15 times; one kind each
        double afterA = (16 + unigram) / 17,
            afterB = (15 + unigram) / 16;
        Assert.Equal(-(Math.Log2(afterA) + Math.Log2(afterB)) / 2, bits.Baselines[1].Value, 1e-12);
        Assert.Equal("5-gram", bits.Baselines[2].Name);
        Assert.True(bits.Baselines[2].Value < bits.Baselines[1].Value);
    }

    [Fact]
    public void A_text_of_fifty_megabytes_is_read_through_a_small_buffer()
    {
        byte[] line = Encoding.UTF8.GetBytes("The quick brown fox jumps over the lazy dog, 0123456789.\n");
        byte[] part = [.. Enumerable.Repeat(line, 1000).SelectMany(bytes => bytes)];
        string path = Bytes("large.txt", []);
        using (FileStream stream = File.OpenWrite(path))
            for (int written = 0; written < 50_000_000; written += part.Length)
                stream.Write(part);
        long before = GC.GetAllocatedBytesForCurrentThread();
        using TextTask task = new(path, new());
        TaskPlace place = new(1);
        for (int step = 0; step < 10; step++)
            task.Next(place, 16);
        // two buffers, 50,000 offsets in a growing list, one count for every character, 160 windows of 4 KiB
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8_000_000);
        Assert.Equal(TextTask.LongestHeldOut, task.Description.Splits[2].Count);
    }

    [Fact]
    public void A_line_of_two_million_words_is_a_text_like_any_other()
    {
        StringBuilder line = new();
        for (int word = 0; word < 2_000_000; word++)
            line.Append('w').Append(word % 7).Append(' ');
        using TextTask task = new(Text("line.txt", line.ToString()), new() { Unit = TextUnit.Words });
        Assert.Equal(8, task.Outputs);
        Assert.Contains(task.Facts, fact => fact.StartsWith("2000000 words in 1 lines", StringComparison.Ordinal));
    }

    [Fact]
    public void The_shakespeare_text_has_a_five_gram_well_below_its_unigram()
    {
        using TextTask task = (TextTask)DataFile.Open(PublicData.Find("text/tinyshakespeare.txt"));
        Assert.Equal(66, task.Outputs);
        Judge judge = task.NewJudge();
        double[] even = new double[task.Outputs];
        foreach (Batch batch in task.Held(Split.Test, 64))
            judge.Add(batch, (_, _) => even);
        Score bits = judge.Scores[0];
        Assert.Equal(111539, bits.Count);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(", ", bits.Baselines!));
        Assert.InRange(bits.Baselines![0].Value, 4.5, 5.0);
        Assert.InRange(bits.Baselines[2].Value, 2.5, 3.0);
    }
}
