using Farback.Examples;

namespace Farback.Tests.Examples;

/// <summary>The example of a cell outside the library, compiled in as it stands.</summary>
public sealed class OwnCellTests(ITestOutputHelper output)
{
    [Fact]
    public void A_cell_from_outside_the_library_passes_every_law()
    {
        using var table = new StringWriter();
        int exit = OwnCell.Run(table);
        output.WriteLine(table.ToString());
        Assert.Equal(0, exit);
    }
}
