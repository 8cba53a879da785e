using Farback.Gradients;
using Farback.Reports;
using Farback.Ui.Maps;

namespace Farback.Ui.Tests;

public sealed class MapPictureTests
{
    private static readonly SentenceView Sentence = SampleReport.Make().Networks[0].Sentences[2];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_map_decodes_back_to_the_palette_index_of_every_value(int which)
    {
        var map = Sentence.After;
        var quantity = map.Quantities[which];
        var drawn = new MapPicture(map, quantity, 336);
        var picture = Picture.Of(drawn.DataAddress());
        Assert.Equal((drawn.Width, drawn.Height), (picture.Width, picture.Height));
        var values = 0;
        for (var t = 0; t < map.Rows.Count; t++)
        {
            for (var k = 0; k < map.Columns.Count; k++)
            {
                var entry = (t * map.Columns.Count) + k;
                var cell = Cell(picture, drawn.Cell, t, k);
                if (quantity.Classes[entry] == CellClass.Value)
                {
                    var expected = MapPicture.Index(quantity, quantity.Values[entry]!.Value);
                    Assert.All(cell, pixel => Assert.Equal(expected, pixel));
                    values++;
                }
                else
                {
                    // A background and a mark, both this class's own.
                    Assert.All(cell, pixel => Assert.Equal((int)quantity.Classes[entry], pixel / 2));
                    Assert.Equal(2, cell.Distinct().Count());
                }
            }
        }

        Assert.True(values > 200);
    }

    [Fact]
    public void Larger_sizes_are_never_darker_and_the_range_s_ends_have_caps()
    {
        var quantity = Sentence.After.Quantities[0];
        Assert.Equal(CellMark.LowCap, MapPicture.Index(quantity, -6));
        Assert.Equal(CellMark.LowCap, MapPicture.Index(quantity, -62));
        Assert.Equal(CellMark.HighCap, MapPicture.Index(quantity, 0.1));
        Assert.Equal(CellMark.Reserved + Ramp.Steps - 1, MapPicture.Index(quantity, 0));
        var light = 0.0;
        for (var step = 0; step < Ramp.Steps; step++)
        {
            var colour = Ramp.At(MapScale.Log, step);
            var here = (0.2126 * colour.Red) + (0.7152 * colour.Green) + (0.0722 * colour.Blue);
            Assert.True(here >= light - 0.75, $"step {step}: {here} after {light}");
            light = here;
        }
    }

    [Fact]
    public void A_share_and_its_opposite_lie_symmetrically_about_zero()
    {
        var range = new ScaleRange(-1, 1);
        foreach (var share in new[] { 1e-5, 1e-3, 0.02, 0.4, 1 })
        {
            Assert.Equal(1, Ramp.Place(MapScale.Signed, range, share) + Ramp.Place(MapScale.Signed, range, -share), 12);
        }

        Assert.Equal((Ramp.Steps - 1) / 2, Ramp.Step(MapScale.Signed, range, 0));
        var middle = Ramp.At(MapScale.Signed, (Ramp.Steps - 1) / 2);
        Assert.True(middle.Red > 0xf0 && middle.Green > 0xf0 && middle.Blue > 0xf0);
    }

    [Fact]
    public void Viridis_begins_purple_passes_teal_and_ends_yellow()
    {
        // The table's own entries 0, 127 and 255; the polynomial is within 6 of them in every channel.
        Near(new Colour(0x44, 0x01, 0x54), Ramp.At(MapScale.Log, 0));
        Near(new Colour(0x21, 0x90, 0x8d), Ramp.At(MapScale.Log, Ramp.Steps / 2));
        Near(new Colour(0xfd, 0xe7, 0x25), Ramp.At(MapScale.Log, Ramp.Steps - 1));
    }

    [Fact]
    public void Every_class_that_is_no_value_has_a_picture_of_its_own()
    {
        const int side = 12;
        var kinds = Enum.GetValues<CellClass>().Where(kind => kind != CellClass.Value);
        var shapes = kinds.Select(kind =>
            string.Concat(Enumerable.Range(0, side * side).Select(i => CellMark.Index(kind, i % side, i / side, 0, 0, side) % 2))
        );
        // The shape alone tells them apart, whatever the colours.
        Assert.Equal(8, shapes.Distinct().Count());
        Assert.All(shapes, shape => Assert.Contains('1', shape));
    }

    [Fact]
    public void A_map_with_too_few_values_is_refused_with_both_counts()
    {
        var quantity = Sentence.After.Quantities[0];
        var view = new MapView(["a"], ["b", "c"], [quantity]);
        var refused = Assert.Throws<ArgumentException>(() => new MapPicture(view, quantity, 100));
        Assert.Contains("expected 1 rows × 2 columns = 2 values", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(45, 7, 44, 10)]
    [InlineData(45, 7, 1, 10)]
    [InlineData(24, 14, 22, 10)]
    public void The_marked_word_is_labelled_and_no_label_crowds_another(int count, int cell, int marked, int room)
    {
        var labelled = AxisLabels
            .Positions([.. Enumerable.Range(0, count).Select(i => i % 2 == 0 ? "and" : $"word {i}")], cell, marked, room)
            .ToList();
        Assert.Contains(marked, labelled);
        Assert.All(labelled.Zip(labelled.Skip(1)), pair => Assert.True((pair.Second - pair.First) * cell >= room));
    }

    private static void Near(Colour expected, Colour found)
    {
        Assert.InRange(found.Red, expected.Red - 6, expected.Red + 6);
        Assert.InRange(found.Green, expected.Green - 6, expected.Green + 6);
        Assert.InRange(found.Blue, expected.Blue - 6, expected.Blue + 6);
    }

    private static List<byte> Cell(Picture picture, int side, int row, int column)
    {
        var pixels = new List<byte>();
        for (var y = row * side; y < (row + 1) * side; y++)
        {
            for (var x = column * side; x < (column + 1) * side; x++)
            {
                pixels.Add(picture.Pixels[(y * picture.Width) + x]);
            }
        }

        return pixels;
    }
}
