using System.Runtime.InteropServices;
using Farback.Training;

namespace Farback.Formats.Tests.Runs;

public sealed class CheckpointFileTests
{
    [Fact]
    public void Every_bit_of_a_state_comes_back()
    {
        TrainingState<double> state = Sample.State(3);
        TrainingState<double> read = CheckpointFile.Read<double>("checkpoint", CheckpointFile.Write(state));
        Assert.Equal(MemoryMarshal.AsBytes<double>(state.Parameters), MemoryMarshal.AsBytes<double>(read.Parameters));
        Assert.Equal(state.Optimiser[0].Values, read.Optimiser[0].Values);
        Assert.Equal(CheckpointFile.Write(state), CheckpointFile.Write(read)); // and everything else
        Assert.Equal((state.Position, state.BestScore), (read.Position, read.BestScore));
        Assert.Equal(state.Dropout, read.Dropout);
        Assert.Equal(state.History[2].Scores, read.History[2].Scores);
    }

    [Fact]
    public void What_is_not_there_stays_away()
    {
        TrainingState<double> read = CheckpointFile.Read<double>(
            "checkpoint",
            CheckpointFile.Write(Sample.State(0) with { Best = null, Carried = null, BestScore = double.NaN })
        );
        Assert.Null(read.Best);
        Assert.Null(read.Carried);
        Assert.True(double.IsNaN(read.BestScore));
    }

    [Fact]
    public void Cut_short_anywhere_it_is_refused_in_a_sentence()
    {
        byte[] bytes = CheckpointFile.Write(Sample.State(2));
        for (int length = 0; length < bytes.Length; length += 1 + bytes.Length / 200)
        {
            string said = Assert
                .Throws<MalformedFileException>(() => CheckpointFile.Read<double>("run/checkpoint", bytes[..length]))
                .Message;
            Assert.Contains("run/checkpoint: this checkpoint", said, StringComparison.Ordinal);
            Assert.Contains("cut short or changed", said, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_bit_changed_anywhere_is_seen()
    {
        byte[] bytes = CheckpointFile.Write(Sample.State(2));
        for (int at = 0; at < bytes.Length; at += 7)
        {
            byte[] changed = [.. bytes];
            changed[at] ^= 1;
            Assert.Throws<MalformedFileException>(() => CheckpointFile.Read<double>("checkpoint", changed));
        }
    }

    [Fact]
    public void Another_precision_is_refused() =>
        Assert.Contains(
            "F64",
            Assert
                .Throws<MalformedFileException>(() => CheckpointFile.Read<float>("checkpoint", CheckpointFile.Write(Sample.State(1))))
                .Message,
            StringComparison.Ordinal
        );
}
