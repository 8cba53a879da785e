using static Farback.Formats.Tests.Torch.Made;

namespace Farback.Formats.Tests.Torch;

/// <summary>A checkpoint from a stranger is read or refused in one sentence; it never runs, and never takes more memory than it is worth.</summary>
public sealed class HostileCheckpointTests
{
    private static readonly byte[] s_good = Tensor(6, 0, [2, 3], [3, 1]);

    public static TheoryData<string, byte[], string> Pickles()
    {
        byte[] Call(string global, byte[] arguments, int opcode) => Dictionary(Join(global, arguments, opcode));
        byte[] system = Join("(", Text("rm -rf /"), "t");
        return new()
        {
            { "REDUCE of os.system", Call("cos\nsystem\n", system, 'R'), "\"os.system\"" },
            { "NEWOBJ of subprocess.Popen", Call("csubprocess\nPopen\n", system, 0x81), "\"subprocess.Popen\"" },
            { "builtins.eval", Call("cbuiltins\neval\n", system, 'R'), "\"builtins.eval\"" },
            { "getattr by its old name", Call("c__builtin__\ngetattr\n", system, 'R'), "\"__builtin__.getattr\"" },
            { "STACK_GLOBAL", Join(0x80, 4, "}", Text("w"), Text("os"), Text("system"), 0x93, system, "Rs."), "\"os.system\"" },
            { "STACK_GLOBAL of numbers", Join(0x80, 4, "K\u0001K\u0002", 0x93, "."), "STACK_GLOBAL" },
            { "a whole module", Call("ctorch.nn.modules.rnn\nLSTM\n", Join(")"), 0x81), "save its state_dict() instead" },
            { "a sparse tensor", Call("ctorch._utils\n_rebuild_sparse_tensor\n", system, 'R'), "_rebuild_sparse_tensor" },
            { "a complex storage", Dictionary(Tensor(6, 0, [2, 3], [3, 1], type: "ctorch\nComplexFloatStorage\n")), "ComplexFloatStorage" },
            { "INST", Join(0x80, 2, "(ios\nsystem\n."), "INST" },
            { "OBJ", Join(0x80, 2, "(cos\nsystem\no."), "\"os.system\"" },
            { "OBJ of a known name", Join(0x80, 2, "(ccollections\nOrderedDict\no."), "OBJ" },
            { "EXT1", Join(0x80, 2, 0x82, 1, "."), "EXT1" },
            { "EXT4", Join(0x80, 2, 0x84, 1, 0, 0, 0, "."), "EXT4" },
            { "NEWOBJ_EX", Join(0x80, 4, "ccollections\nOrderedDict\n)}", 0x92, "."), "NEWOBJ_EX" },
            { "NEXT_BUFFER", Join(0x80, 5, 0x97, "."), "NEXT_BUFFER" },
            { "PERSID", Join(0x80, 2, "P0\n."), "PERSID" },
            { "protocol 0", Join(0x80, 2, "I1\n."), "protocol 0" },
            { "protocol 9", Join(0x80, 9, "N."), "protocol 9" },
            { "BUILD of a number", Join(0x80, 2, "K\u0001}b."), "builds a number" },
            { "BUILD of a storage", Dictionary(Join(Storage("0", 6), "}b")), "builds a storage" },
            { "a call of a call", Dictionary(Join("K\u0001)R")), "calls a number" },
            { "a persistent id that is no storage", Join(0x80, 2, "K\u0001Q."), "persistent id" },
            { "an empty stack", Join(0x80, 2, "."), "stops with 0 values" },
            { "a mark that is not closed", Join(0x80, 2, "(K\u0001."), "1 marks" },
            { "a mark that is not there", Join(0x80, 2, "t."), "mark" },
            { "a memo that is not there", Join(0x80, 2, "h\u0007."), "memo 7" },
            { "marks in marks", Join(0x80, 2, new string('(', 300)), "too many marks" },
            { "a text of 4 GB", Join(0x80, 2, "X", 255, 255, 255, 255, "abc"), "text of 4294967295 bytes" },
            { "a text beyond the end", Join(0x80, 2, "X", 200, 0, 0, 0, "abc"), "at most the" },
            { "bytes of 2^63", Join(0x80, 4, 0x8e, 0, 0, 0, 0, 0, 0, 0, 128), "at most the" },
            { "a frame beyond the end", Join(0x80, 4, 0x95, 255, 255, 255, 255, 0, 0, 0, 0, "N."), "frame of 4294967295 bytes" },
            { "a number of 1000 bytes", Join(0x80, 2, 0x8b, 232, 3, 0, 0), "number of 1000 bytes" },
            { "nothing behind an opcode", Join(0x80, 2, "J\u0001"), "wants 4 bytes" },
            { "a key without a value", Join(0x80, 2, "}(K\u0001u."), "key without a value" },
            { "items for a number", Join(0x80, 2, "K\u0001K\u0002a."), "adds to a number" },
            { "a list that holds itself", Join(0x80, 2, "]q\0h\0a."), "holds itself" },
            { "a dictionary that holds itself", Join(0x80, 2, "}q\0", Text("w"), "h\0s."), "holds itself" },
            { "many values in few bytes", Join(0x80, 2, new string(')', 200_000)), "more values" },
            { "a memo bomb", Join(0x80, 4, "N", Enumerable.Repeat((byte)0x94, 200_000).ToArray(), "."), "more values" },
            { "tuples in tuples", Join(0x80, 2, ")", Enumerable.Repeat((byte)0x85, 15_000).ToArray(), "."), "nested too deeply" },
            { "a name without an end", Join(0x80, 2, "c" + new string('a', 5000)), "a name that is none" },
            { "bytes behind the end", Join(Dictionary(s_good), "xyz"), "behind its end" },
            { "a view beyond its storage", Dictionary(Tensor(6, 1, [2, 3], [3, 1])), "inside its storage of 6 elements" },
            { "a stride that wraps", Dictionary(Tensor(6, 0, [3], [long.MaxValue])), "inside its storage" },
            { "sizes that wrap to 0", Dictionary(Tensor(6, 0, [1L << 32, 1L << 32], [0, 0])), "a size that a machine can count" },
            { "2^70 elements", Dictionary(Tensor(6, 0, [1L << 35, 1L << 35], [0, 0])), "a size that a machine can count" },
            { "2^40 elements of one number", Dictionary(Tensor(6, 0, [1L << 40], [0])), "too often" },
            { "a negative size", Dictionary(Tensor(6, 0, [-1, 3], [3, 1])), "none of them negative" },
            { "a negative stride", Dictionary(Tensor(6, 5, [6], [-1])), "none of them negative" },
            { "a negative offset", Dictionary(Tensor(6, -1, [2], [1])), "none of them negative" },
            { "a storage of another size", Dictionary(Tensor(7, 0, [2, 3], [3, 1])), "7 elements of F32" },
            { "a storage of 2^62 elements", Dictionary(Tensor(1L << 62, 0, [2, 3], [3, 1])), "elements of F32" },
            { "a storage of −1 elements", Dictionary(Tensor(-1, 0, [0], [1])), "storage of -1 elements" },
            { "a storage that is not there", Dictionary(Tensor(6, 0, [2, 3], [3, 1], key: "9")), "\"9\", and there is none" },
            { "rank 17", Dictionary(Tensor(6, 0, new long[17], new long[17])), "rank 17" },
            { "more strides than sizes", Dictionary(Tensor(6, 0, [6], [1, 1])), "a storage, an offset, sizes and strides" },
        };
    }

    [Theory]
    [MemberData(nameof(Pickles))]
    public void A_hostile_pickle_is_refused_by_name(string what, byte[] pickle, string says)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var refusal = Assert.Throws<MalformedFileException>(() => TorchFile.Read(Checkpoint(pickle, Floats(6))));
        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
        Assert.True(!refusal.Message.Contains('\n', StringComparison.Ordinal), what);
        // the archive itself and its copies are a few times its size; a megabyte is the tables of a first call
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 100L * pickle.Length + (4 << 20), what);
    }

    [Fact]
    public void A_sound_pickle_of_the_same_making_is_read()
    {
        using TorchFile file = TorchFile.Read(Checkpoint(Dictionary(s_good), Floats(6)));
        Tensor tensor = Assert.Single(file.Tensors);
        Assert.Equal("w", tensor.Name);
        Assert.Equal([2L, 3L], tensor.Shape);
        Assert.Equal([0.0, 1, 2, 3, 4, 5], tensor.ToDoubles());
    }

    [Fact]
    public void Strides_gather_and_big_endian_storages_are_turned()
    {
        byte[] turned = Floats(6);
        for (int i = 0; i < turned.Length; i += 4)
            Array.Reverse(turned, i, 4);
        byte[] pickle = Dictionary(Tensor(6, 0, [3, 2], [1, 3]));
        byte[] archive = Archive([("m/data.pkl", pickle), ("m/byteorder", Join("big")), ("m/data/0", turned)]);
        using TorchFile file = TorchFile.Read(archive);
        Assert.Equal([0.0, 3, 1, 4, 2, 5], file["w"].ToDoubles());
        using TorchFile little = TorchFile.Read(Checkpoint(pickle, Floats(6)));
        Assert.Equal([0.0, 3, 1, 4, 2, 5], little["w"].ToDoubles());
        Assert.Equal([0.0f, 3, 1, 4, 2, 5], little["w"].ToFloats());
    }

    [Fact]
    public void Lists_in_each_other_again_and_again_are_refused_before_they_are_walked()
    {
        // l₀ = [w], l₁ = [l₀, l₀], l₂ = [l₁, l₁], …, all in one tuple: 2^40 tensors in a few hundred bytes
        object[] lists = [.. Enumerable.Range(1, 40).SelectMany(i => (object[])["]q", i, "(h", i - 1, "h", i - 1, "e"])];
        byte[] pickle = Join([0x80, 2, "(", "]q", 0, s_good, "a", .. lists, "t."]);
        var refusal = Assert.Throws<MalformedFileException>(() => TorchFile.Read(Checkpoint(pickle, Floats(6))));
        Assert.Contains("again and again", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hundred_thousand_names_for_one_storage_take_no_more_memory_than_names()
    {
        object[] many = [.. Enumerable.Range(0, 100_000).SelectMany(i => (object[])[Text($"w{i}"), "h\u0001"])];
        byte[] pickle = Join([0x80, 2, "]", s_good, "q", 1, "a", "}(", .. many, "u", "a."]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        using TorchFile file = TorchFile.Read(Checkpoint(pickle, Floats(6)));
        Assert.Equal(100_001, file.Tensors.Count);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 400L * pickle.Length);
    }

    public static TheoryData<string, byte[], string> Archives()
    {
        byte[] pickle = Dictionary(s_good),
            good = Checkpoint(pickle, Floats(6)),
            cut = good[..^30],
            wrong = [.. good];
        // a byte of the storage: its checksum is no longer the directory's
        wrong[FindBytes(good, Floats(6)) + 5] ^= 1;
        return new()
        {
            { "cut off", cut, "no end record" },
            { "wrong checksum", wrong, "checksum" },
            { "an absolute name", Archive([("m/data.pkl", pickle), ("/etc/passwd", [1])]), "leaves the archive" },
            { "a name that climbs", Archive([("m/data.pkl", pickle), ("m/../../x", [1])]), "leaves the archive" },
            { "a second root", Archive([("m/data.pkl", pickle), ("n/data/0", Floats(6))]), "outside of the archive's folder" },
            { "a name twice", Archive([("m/data.pkl", pickle), ("m/data/0", Floats(6)), ("m/data/0", Floats(6))]), "stands twice" },
            {
                "a bomb",
                Archive([("m/data.pkl", Join(0x80, 2, new string('N', 5_000_000)))], System.IO.Compression.CompressionLevel.Optimal),
                "inflate"
            },
            { "TorchScript", Archive([("m/data.pkl", pickle), ("m/constants.pkl", [1])]), "TorchScript" },
            { "an exported program", Archive([("m/archive_format", [1]), ("m/models/m.json", [1])]), "exported program" },
            { "no pickle", Archive([("m/data", pickle)]), "data.pkl" },
            {
                "an odd byte order",
                Archive([("m/data.pkl", pickle), ("m/byteorder", Join("middle")), ("m/data/0", Floats(6))]),
                "byte order"
            },
            { "nothing in it", Archive([]), "empty" },
        };
    }

    [Theory]
    [MemberData(nameof(Archives))]
    public void A_hostile_archive_is_refused_by_name(string what, byte[] archive, string says)
    {
        var refusal = Assert.Throws<MalformedFileException>(() => TorchFile.Try(archive));
        Assert.True(refusal.Message.Contains(says, StringComparison.Ordinal), $"{what}: {refusal.Message}");
    }

    [Fact]
    public void Checkpoints_with_bytes_changed_or_cut_off_are_read_or_refused_and_nothing_else()
    {
        const int Rounds = 3000;
        byte[] good = Checkpoint(Dictionary(s_good), Floats(6)),
            legacy = ReferenceFolder.Files("pt", "*.legacy.pt") is [var path, ..] ? File.ReadAllBytes(path) : good;
        for (int seed = 0; seed < Rounds; seed++)
        {
            var random = new Random(seed);
            byte[] bytes = [.. seed % 2 == 0 ? good : legacy];
            for (int change = random.Next(1, 5); change > 0; change--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            if (random.Next(4) == 0)
                bytes = bytes[..random.Next(bytes.Length)];
            try
            {
                TorchFile.Try(bytes);
            }
            catch (MalformedFileException) { }
            catch (Exception error)
            {
                Assert.Fail($"seed {seed}: {error}");
            }
        }
    }

    private static int FindBytes(byte[] where, byte[] what) => where.AsSpan().IndexOf(what);
}
