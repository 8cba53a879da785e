namespace Farback.Formats.Torch;

/// <summary>The names that a checkpoint may use, and what each means here. Everything else is refused by its name.</summary>
internal static class Globals
{
    private static readonly Dictionary<string, Dtype> s_storages = new()
    {
        ["torch.FloatStorage"] = Dtype.F32,
        ["torch.DoubleStorage"] = Dtype.F64,
        ["torch.HalfStorage"] = Dtype.F16,
        ["torch.BFloat16Storage"] = Dtype.BF16,
        ["torch.LongStorage"] = Dtype.I64,
        ["torch.IntStorage"] = Dtype.I32,
        ["torch.ShortStorage"] = Dtype.I16,
        ["torch.CharStorage"] = Dtype.I8,
        ["torch.ByteStorage"] = Dtype.U8,
        ["torch.BoolStorage"] = Dtype.Bool,
        ["torch.storage.UntypedStorage"] = Dtype.U8,
        ["torch.UntypedStorage"] = Dtype.U8,
    };

    private static readonly Dictionary<string, Dtype> s_types = new()
    {
        ["torch.float32"] = Dtype.F32,
        ["torch.float64"] = Dtype.F64,
        ["torch.float16"] = Dtype.F16,
        ["torch.bfloat16"] = Dtype.BF16,
        ["torch.int64"] = Dtype.I64,
        ["torch.int32"] = Dtype.I32,
        ["torch.int16"] = Dtype.I16,
        ["torch.int8"] = Dtype.I8,
        ["torch.uint8"] = Dtype.U8,
        ["torch.bool"] = Dtype.Bool,
    };

    private static readonly HashSet<string> s_maps =
    [
        "collections.OrderedDict",
        "collections.Counter",
        "collections.defaultdict",
        "argparse.Namespace",
        "builtins.dict",
    ];

    private static readonly HashSet<string> s_lists = ["builtins.list", "builtins.set", "builtins.frozenset", "torch.Size"];

    private static readonly HashSet<string> s_tensors =
    [
        "torch._utils._rebuild_tensor",
        "torch._utils._rebuild_tensor_v2",
        "torch._utils._rebuild_tensor_v3",
        "torch._utils._rebuild_parameter",
        "torch._utils._rebuild_parameter_with_state",
    ];

    // what they make is never looked into
    private static readonly HashSet<string> s_inert =
    [
        "builtins.complex",
        "builtins.bytearray",
        "builtins.bytes",
        "builtins.int",
        "builtins.float",
        "_codecs.encode",
        "torch.device",
        "torch.serialization._get_layout",
        "torch.storage.TypedStorage",
        "numpy.core.multiarray.scalar",
        "numpy._core.multiarray.scalar",
        "numpy.core.multiarray._reconstruct",
        "numpy._core.multiarray._reconstruct",
        "numpy.dtype",
        "numpy.ndarray",
    ];

    /// <summary>What a name stands for; null where it is not among those allowed.</summary>
    public static object? Find(string module, string name)
    {
        string full = $"{(module == "__builtin__" ? "builtins" : module)}.{name}";
        if (s_types.TryGetValue(full, out Dtype? type))
            return new TorchType(type);
        bool known =
            s_storages.ContainsKey(full)
            || s_maps.Contains(full)
            || s_lists.Contains(full)
            || s_tensors.Contains(full)
            || s_inert.Contains(full)
            || module == "numpy.dtypes" && name.EndsWith("DType", StringComparison.Ordinal);
        return known ? new Global(full) : null;
    }

    /// <summary>Why a name that is not allowed is not.</summary>
    public static string WhyNot(string module, string name)
    {
        string full = $"{module}.{name}";
        return module.StartsWith("torch.nn.modules", StringComparison.Ordinal)
                ? $"a whole module was saved (it names {Quote(full)}); save its state_dict() instead"
            : full.Contains("Complex", StringComparison.Ordinal) || full.StartsWith("torch.Q", StringComparison.Ordinal)
                ? $"it holds a {Quote(full)}, whose elements are no plain numbers"
            : full.StartsWith("torch._utils._rebuild", StringComparison.Ordinal)
                ? $"it holds a tensor that {Quote(full)} rebuilds: sparse, quantised or wrapped"
            : module == "__main__" || module.StartsWith("torch.nn", StringComparison.Ordinal)
                ? $"it holds a {Quote(full)}: was a whole module saved? Save its state_dict() instead"
            : $"it asks for {Quote(full)}, which is not among the names that a checkpoint needs; nothing of a pickle is ever run here";
    }

    /// <summary>The type of a storage's elements, or null.</summary>
    public static Dtype? StorageType(Global global) => s_storages.GetValueOrDefault(global.Name);

    public static bool IsUntyped(Global global) => global.Name.EndsWith(".UntypedStorage", StringComparison.Ordinal);

    public static bool IsMap(Global global) => s_maps.Contains(global.Name);

    public static bool IsList(Global global) => s_lists.Contains(global.Name);

    public static bool IsTensor(Global global) => s_tensors.Contains(global.Name);

    private static string Quote(string text) => MalformedFileException.Quote(text);
}
