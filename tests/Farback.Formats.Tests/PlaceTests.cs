namespace Farback.Formats.Tests;

public sealed class PlaceTests
{
    [Fact]
    public void One_and_one_is_two() => Assert.Equal(2, 1 + 1);
}
