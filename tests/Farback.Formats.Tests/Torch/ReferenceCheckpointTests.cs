namespace Farback.Formats.Tests.Torch;

/// <summary>Checkpoints that PyTorch wrote, both containers, against the same tensors in safetensors.</summary>
public sealed class ReferenceCheckpointTests
{
    [Fact]
    public void Every_checkpoint_holds_the_tensors_that_torch_says_it_holds()
    {
        string[] files = ReferenceFolder.Files("pt", "*.pt");
        Assert.NotEmpty(files);
        foreach (string path in files)
        {
            string stem = path[..path.IndexOf('.', path.LastIndexOf('/'))];
            using TorchFile file = TorchFile.Open(path);
            using SafetensorsFile expected = SafetensorsFile.Open(stem + ".expected.safetensors");
            Assert.NotEmpty(expected.Tensors);
            foreach (Tensor tensor in expected.Tensors)
            {
                Tensor? found = file.Find(tensor.Name);
                Assert.True(found is not null, $"{path}: {tensor.Name} is not among {string.Join(", ", file.Tensors)}");
                Assert.Equal(tensor.Dtype, found.Dtype);
                Assert.Equal(tensor.Shape, found.Shape);
                Assert.Equal(tensor.ToBytes(), found.ToBytes());
            }
            foreach (Tensor tensor in file.Tensors)
                Assert.NotNull(expected.Find(tensor.Name));
        }
    }
}
