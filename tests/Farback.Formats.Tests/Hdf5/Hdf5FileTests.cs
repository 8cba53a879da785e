using System.Buffers.Binary;
using System.Text;
using Farback.Formats.Hdf5;

namespace Farback.Formats.Tests.Hdf5;

/// <summary>What the reader takes of HDF5, what it refuses, and that no file makes it read for long or take much memory.</summary>
public sealed class Hdf5FileTests
{
    private static Made Root() =>
        new Made("")
            .Has("title", "μ, a text")
            .Has("names", new[] { "a", "longer", "μ" })
            .Has("none", Array.Empty<string>())
            .With(
                new Made("group").With(new Made("inner").With(new Made("x").Floats([2, 3], 1, 2, 3, 4, 5, 6))),
                new Made("compact") { IsCompact = true }.Doubles([2], 0.1, 0.2),
                new Made("scalar").Doubles([], 7),
                new Made("empty").Doubles([0, 3]),
                new Made("chunked") { Chunks = [2, 4] }.Doubles([5, 7], Count(35)),
                new Made("packed") { Chunks = [2, 3, 2], Filters = [2, 1, 3] }.Floats([3, 4, 5], Count(60)),
                new Made("summed first") { Chunks = [8], Filters = [3, 1] }.Floats([17], Count(17))
            );

    private static double[] Count(int n) => [.. Enumerable.Range(0, n).Select(i => i * 0.5)];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_was_written_is_read_in_both_styles(bool isNew)
    {
        Hdf5File file = Hdf5File.Read("made", Hdf5Writer.Write(Root(), isNew));
        Assert.Equal("μ, a text", file.Root.Attribute("title")!.Text());
        Assert.Equal(["a", "longer", "μ"], file.Root.Attribute("names")!.Texts());
        Assert.Empty(file.Root.Attribute("none")!.Texts());
        Hdf5Dataset x = file.Root.Find("group/inner/x")!.Dataset!;
        Assert.Equal([2, 3], x.Shape);
        Assert.Equal([1, 2, 3, 4, 5, 6], x.Read().ToDoubles());
        Assert.Equal([0.1, 0.2], file.Root.Find("compact")!.Dataset!.Read().ToDoubles());
        Assert.Equal([7], file.Root.Find("scalar")!.Dataset!.Read().ToDoubles());
        Assert.Empty(file.Root.Find("empty")!.Dataset!.Read().ToDoubles());
        Assert.Equal(Count(35), file.Root.Find("chunked")!.Dataset!.Read().ToDoubles());
        Assert.Equal(Count(60), file.Root.Find("packed")!.Dataset!.Read().ToDoubles());
        Assert.Equal(Count(17), file.Root.Find("summed first")!.Dataset!.Read().ToDoubles());
    }

    [Fact]
    public void Lookup3_is_that_of_its_author()
    {
        // lookup3.c, driver5
        Assert.Equal(0xdeadbeefu, Lookup3.Of([]));
        Assert.Equal(0x17770551u, Lookup3.Of("Four score and seven years ago"u8));
    }

    [Theory]
    [InlineData(0xFF, 0xFF, 0xFF, 0xFF)]
    [InlineData(0x12, 0x34, 0xED, 0xCB)]
    [InlineData(0, 0, 0, 0)]
    public void A_checksum_whose_sums_are_a_multiple_of_65535_is_that_of_hdf5(byte a, byte b, byte c, byte d)
    {
        byte[] bytes = Hdf5Writer.Write(
            new Made("").With(new Made("x") { Chunks = [1], Filters = [3] }.Raw([1], Hdf5Writer.Float32, [a, b, c, d]))
        );
        Assert.Equal([a, b, c, d], Assert.Single(Hdf5File.Read("made", bytes).Datasets).Read().ToBytes());
    }

    [Fact]
    public void An_address_beyond_the_file_and_one_that_was_never_written_are_named()
    {
        byte[] bytes = Hdf5Writer.Write(
            new Made("").With(new Made("x").Floats([4], 1, 2, 3, 4)),
            false,
            out Dictionary<string, long> places
        );
        int layout = Find(bytes, [3, 1], (int)places["x"]);
        byte[] beyond = [.. bytes];
        BinaryPrimitives.WriteInt64LittleEndian(beyond.AsSpan(layout + 2), 1L << 40);
        Refused(beyond, "the dataset \"x\" claims 16 bytes from byte 1099511627776");
        byte[] wrapped = [.. bytes];
        BinaryPrimitives.WriteInt64LittleEndian(wrapped.AsSpan(layout + 2), -8);
        Refused(wrapped, "the dataset \"x\" claims 16 bytes from byte 18446744073709551608");
        byte[] never = Hdf5Writer.Write(new Made("").With(new Made("x") { IsNeverWritten = true }.Floats([1], 1)));
        Refused(never, "the dataset \"x\" was never written");
        byte[] root = [.. bytes];
        BinaryPrimitives.WriteInt64LittleEndian(root.AsSpan(64), 1L << 33);
        Refused(root, "the header of the root lies at byte 8589934592");
        Refused(bytes[..^1], "the superblock says that the file ends at byte");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_group_that_holds_itself_or_is_held_twice_is_refused(bool isNew)
    {
        byte[] bytes = Hdf5Writer.Write(
            new Made("").With(new Made("a").With(new Made("b").With(new Made("c").Floats([1], 1))), new Made("d")),
            isNew,
            out Dictionary<string, long> places
        );
        Refused(Relink(bytes, places["a/b/c"], places["a"], isNew), "\"a/b/c\" leads back to \"a\"");
        Refused(Relink(bytes, places["d"], places["a"], isNew), "\"d\" is the same group as \"a\"");
    }

    // every word that is an address of the one object is made that of the other; checksums are put right
    private static byte[] Relink(byte[] bytes, long from, long to, bool isNew)
    {
        byte[] made = [.. bytes];
        for (int at = 48; at + 8 <= made.Length; at++)
            if (BinaryPrimitives.ReadInt64LittleEndian(made.AsSpan(at)) == from)
                BinaryPrimitives.WriteInt64LittleEndian(made.AsSpan(at), to);
        if (isNew)
            for (int at = 0; at + 16 < made.Length; at++)
                if (made.AsSpan(at).StartsWith("OCHK"u8))
                    for (int end = at + 8; end + 4 <= bytes.Length; end++)
                        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(end)) == Lookup3.Of(bytes.AsSpan(at, end - at)))
                            BinaryPrimitives.WriteUInt32LittleEndian(made.AsSpan(end), Lookup3.Of(made.AsSpan(at, end - at)));
        return made;
    }

    [Fact]
    public void A_tree_of_links_that_goes_round_or_does_not_fall_is_refused()
    {
        byte[] bytes = Hdf5Writer.Write(new Made("").With(new Made("x").Floats([1], 1)));
        int tree = Find(bytes, "TREE"u8.ToArray(), 0);
        byte[] round = [.. bytes];
        round[tree + 5] = 3; // a node whose child is itself
        BinaryPrimitives.WriteInt64LittleEndian(round.AsSpan(tree + 32), tree);
        Refused(round, "is on level 3; expected 2");
        byte[] deep = [.. bytes];
        deep[tree + 5] = 200;
        Refused(deep, "is on level 200; expected at most 16");
    }

    [Fact]
    public void Chunks_that_unpack_to_far_more_than_they_are_or_lie_twice_are_refused()
    {
        byte[] bomb = Hdf5Writer.Write(
            new Made("").With(new Made("x") { Chunks = [1 << 22], Filters = [1, 1] }.Raw([1 << 24], Hdf5Writer.Float32, new byte[1 << 26]))
        );
        Assert.True(bomb.Length < 20_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refused(bomb, "at most 1000 times as many");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000_000);

        byte[] bytes = Hdf5Writer.Write(new Made("").With(new Made("x") { Chunks = [2] }.Floats([4], 1, 2, 3, 4)));
        int second = Find(bytes, [8, 0, 0, 0, 0, 0, 0, 0, 2], 0); // 8 bytes, at place 2
        bytes[second + 8] = 0;
        Refused(bytes, "has the chunk at [0] twice");
        bytes[second + 8] = 3;
        Refused(bytes, "begins at 3 on axis 0");
    }

    [Fact]
    public void A_chunk_with_a_wrong_checksum_or_the_wrong_length_is_refused()
    {
        byte[] bytes = Hdf5Writer.Write(new Made("").With(new Made("x") { Chunks = [4], Filters = [3] }.Floats([4], 1, 2, 3, 4)));
        int data = Find(bytes, BitConverter.GetBytes(2f), 0);
        bytes[data] ^= 1;
        Refused(bytes, "has the checksum");
        byte[] cut = Hdf5Writer.Write(new Made("").With(new Made("x") { Chunks = [4], Filters = [1] }.Floats([4], 1, 2, 3, 4)));
        int zlib = Find(cut, [0x78, 0x9C], 0);
        cut[zlib + 2] = 0xFF;
        Refused(cut, "cannot be inflated");
    }

    [Fact]
    public void Sizes_that_overflow_are_refused_before_anything_is_allocated()
    {
        byte[] bytes = Hdf5Writer.Write(new Made("").With(new Made("x").Floats([4, 5], Count(20))));
        int space = Find(bytes, [1, 2, 0, 0, 0, 0, 0, 0, 4], 0);
        byte[] huge = [.. bytes];
        BinaryPrimitives.WriteInt64LittleEndian(huge.AsSpan(space + 8), long.MaxValue);
        Refused(huge, "[9223372036854775807, 5]");
        byte[] large = [.. bytes];
        BinaryPrimitives.WriteInt64LittleEndian(large.AsSpan(space + 8), 1L << 40);
        Refused(large, "at most 2147483591 bytes");
        byte[] more = [.. bytes];
        BinaryPrimitives.WriteInt64LittleEndian(more.AsSpan(space + 8), 1 << 20);
        Refused(more, "holds 80 bytes; expected 20971520");
        bytes[space + 1] = 200;
        Refused(bytes, "has 200 dimensions");
    }

    [Fact]
    public void What_is_not_read_is_named()
    {
        byte[] big = [.. Hdf5Writer.Float32];
        big[1] |= 1;
        Refused(Hdf5Writer.Write(new Made("").With(new Made("x").Raw([1], big, new byte[4]))), "holds big-endian float");
        Refused(Hdf5Writer.Write(new Made("").With(new Made("x").Raw([1], [0x16, 0, 0, 0, 4, 0, 0, 0], new byte[4]))), "holds compound");
        byte[] dense = Hdf5Writer.Write(new Made("").With(new Made("g")), isNew: true);
        Assert.Contains("checksum", Refused([.. dense[..60], (byte)(dense[60] ^ 1), .. dense[61..]]), StringComparison.Ordinal);
        byte[] userBlock = [.. new byte[512], .. Hdf5Writer.Write(Root())];
        Assert.Contains(
            "user block",
            Assert.Throws<MalformedFileException>(() => KerasFile.Open("made", userBlock)).Message,
            StringComparison.Ordinal
        );
        byte[] soft = Hdf5Writer.Write(new Made("").With(new Made("x").Floats([1], 1)));
        soft[Find(soft, "SNOD"u8.ToArray(), 0) + 8 + 16] = 2;
        Refused(soft, "soft link \"x\"");
    }

    [Fact]
    public void Thousands_of_objects_whose_headers_go_on_in_the_same_block_are_refused_in_time()
    {
        // each group's header says that it goes on over the whole file
        Made root = new Made("").With([.. Enumerable.Range(0, 4000).Select(i => new Made($"g{i}"))]);
        byte[] bytes = Hdf5Writer.Write(root, false, out Dictionary<string, long> places);
        foreach (long at in places.Values.Where(at => at != places[""]))
            // the symbol table message becomes a continuation
            (bytes[at + 2], bytes[at + 16]) = (255, 0x10);
        foreach (long at in places.Values.Where(at => at != places[""]))
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan((int)at + 24), at + 40);
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan((int)at + 32), bytes.Length - at - 40);
        }
        long before = GC.GetAllocatedBytesForCurrentThread();
        _ = Refused(bytes);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100L * bytes.Length);
    }

    [Fact]
    public void A_name_that_is_as_long_as_the_file_a_thousand_times_is_refused()
    {
        string name = new('n', 1000);
        byte[] bytes = Hdf5Writer.Write(new Made("").With([.. Enumerable.Range(0, 2000).Select(i => new Made($"{name}{i}"))]));
        int heap = Find(bytes, "HEAP"u8.ToArray(), 0);
        Refused(Hdf5Writer.Write(new Made("").With(new Made(new string('n', 5000)))), "more than 1024 bytes");
        Assert.True(heap > 0);
    }

    private static int Find(byte[] bytes, byte[] what, int from)
    {
        int at = bytes.AsSpan(from).IndexOf(what);
        Assert.True(at >= 0);
        return from + at;
    }

    private static string Refused(byte[] bytes, string sentence = "")
    {
        var error = Assert.Throws<MalformedFileException>(() =>
        {
            foreach (Hdf5Dataset dataset in Hdf5File.Read("made", bytes).Datasets)
                dataset.Read();
        });
        Assert.Contains(sentence, error.Message, StringComparison.Ordinal);
        Assert.Equal('.', error.Message[^1]);
        Assert.True(Encoding.UTF8.GetByteCount(error.Message) < 1000);
        return error.Message;
    }
}
