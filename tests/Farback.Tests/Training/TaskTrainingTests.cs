using Farback.Cells;
using Farback.Networks;
using Farback.Sequences;
using Farback.Training;

namespace Farback.Tests.Training;

public sealed class TaskTrainingTests
{
    [Fact]
    public void Classes_are_trained_by_cross_entropy_and_numbers_by_squared_error()
    {
        Assert.IsType<SoftmaxCrossEntropy>(TaskTraining.LossOf(new CopyTask()));
        Assert.IsType<SquaredError>(TaskTraining.LossOf(new AddingTask()));
    }

    [Fact]
    public void Words_are_read_one_hot_or_through_an_embedding_and_vectors_as_they_are()
    {
        Network oneHot = TaskTraining.NetworkFor(new CopyTask(), AllCells.Lstm, 5);
        Assert.Equal((10, 0, 9), (oneHot.Inputs, oneHot.Words, oneHot.Outputs));
        Network embedded = TaskTraining.NetworkFor(new CopyTask(), AllCells.Gru, 5, 3, 2, true);
        Assert.Equal((0, 10, 3, 2, true), (embedded.Inputs, embedded.Words, embedded.Embedding, embedded.Layers, embedded.Bidirectional));
        Network vectors = TaskTraining.NetworkFor(new AddingTask(), AllCells.Elman, 5);
        Assert.Equal((2, 0, 1), (vectors.Inputs, vectors.Words, vectors.Outputs));
    }

    [Fact]
    public void A_network_of_either_kind_runs_on_every_task()
    {
        foreach (TaskGenerator generator in AllTasks.List)
        {
            LearningTask task = generator.Make(new Dictionary<string, string>());
            foreach (int embedding in task.Words > 0 ? (int[])[0, 4] : [0])
            {
                Network network = TaskTraining.NetworkFor(task, AllCells.Gru, 3, embedding);
                Trace<double> trace = new Model<double>(network, Initial.Default.Draw(network, 1)).Forward(task.Next(new(1), 2));
                Assert.True(double.IsFinite(LossField.Of(trace, TaskTraining.LossOf(task), Reduction.Mean).Total), task.Name);
            }
        }
    }

    [Fact]
    public void Impossible_sizes_are_one_sentence()
    {
        string Message(int hidden, int embedding = 0, int layers = 1) =>
            Assert
                .Throws<ArgumentException>(() => TaskTraining.NetworkFor(new AddingTask(), AllCells.Lstm, hidden, embedding, layers))
                .Message;
        Assert.Equal("hidden: expected 1 or more units, got 0.", Message(0));
        Assert.Equal("layers: expected 1 or more, got 0.", Message(4, 0, 0));
        Assert.Equal("embedding: expected 0 (one-hot) or more, got -1.", Message(4, -1));
        Assert.Equal("embedding: adding has inputs of 2 numbers, not words, and takes no embedding; expected 0, got 3.", Message(4, 3));
    }
}
