using Farback.Cells;
using Farback.Networks;

namespace Farback.Formats;

/// <summary>Finds the network among named tensors: one recurrent module, an embedding whose vectors it reads, a matrix that reads it out.</summary>
/// <remarks>
///   The names are PyTorch's; the cell is told by shapes: rows(weight_hh)/columns(weight_hh) = 1 RNN, 3 GRU, 4 LSTM. Names do not say which
///   activation an RNN has, in which order the gates stand, or where a GRU resets: PyTorch's ways are taken, and the finding names the option.
/// </remarks>
internal sealed class StateRecogniser
{
    private const int MostListed = 6,
        MostParametersPerByte = 8;
    private const long AlwaysAllowed = 1 << 20;

    private static readonly string[] s_embeddingNames = ["emb", "wte", "lookup", "word", "token", "char"],
        s_headNames = ["head", "fc", "out", "linear", "decoder", "proj", "classif", "dense", "read", "lin", "logit"];

    private readonly string _file;
    private readonly long _length;
    private readonly OpenOptions _options;
    private readonly IReadOnlyList<Tensor> _tensors;
    private readonly List<Finding> _findings = [];

    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);

    private StateRecogniser(string file, long length, IReadOnlyList<Tensor> tensors, OpenOptions options)
    {
        (_file, _length, _tensors, _options) = (file, length, tensors, options);
        for (int place = 0; place < tensors.Count; place++)
            _places.TryAdd(tensors[place].Name, place);
    }

    /// <summary>Looks for the network; null where there is none, or where somebody has to decide first.</summary>
    /// <param name="file">The file's name.</param>
    /// <param name="length">Its length, which bounds what is allocated for the weights.</param>
    /// <param name="tensors">Its tensors.</param>
    /// <param name="prefix">Only tensors whose names begin so are looked at.</param>
    /// <param name="options">What was decided.</param>
    /// <param name="findings">Told what was found.</param>
    /// <exception cref="MalformedFileException">The module's parts do not fit together.</exception>
    /// <exception cref="NotSupportedException">The module is one that no network here can be; it is named.</exception>
    /// <exception cref="ArgumentException">An option names what is not there.</exception>
    public static (Parameters<double>? Parameters, bool IsDouble) Find(
        string file,
        long length,
        IReadOnlyList<Tensor> tensors,
        string prefix,
        OpenOptions options,
        List<Finding> findings
    )
    {
        Tensor[] own = [.. tensors.Where(tensor => tensor.Name.StartsWith(prefix, StringComparison.Ordinal))];
        if (own.Length < tensors.Count)
            findings.Add(
                new(
                    FindingKind.Recognised,
                    $"the state dictionary is {Quote(prefix.TrimEnd('.'))}, {own.Length} of the file's {tensors.Count} tensors"
                )
            );
        var recogniser = new StateRecogniser(file, length, own, options);
        Parameters<double>? parameters = recogniser.Network();
        findings.AddRange(recogniser._findings);
        return (parameters, parameters is not null && recogniser._isDouble);
    }

    private bool _isDouble;

    private Parameters<double>? Network()
    {
        RecurrentModule? module = Choose(RecurrentModule.Find(_file, _tensors));
        if (module is null)
            return null;
        module.Measure();
        Cell cell = CellOf(module);
        int[] order = OrderOf(module);
        if (!TryEmbedding(module, out Tensor? table))
            return null;
        Tensor? matrix = Head(module, table);
        Tensor? bias = BiasOf(matrix);
        Network network = new()
        {
            Cell = cell,
            Inputs = table is null ? module.Inputs : 0,
            Words = table is null ? 0 : checked((int)table.Shape[0]),
            Embedding = table is null ? 0 : module.Inputs,
            Hidden = module.Hidden,
            Layers = module.Layers,
            Bidirectional = module.Directions == 2,
            Outputs = matrix is null ? 0 : checked((int)matrix.Shape[0]),
            Biases = (Biases)module.BiasCount,
        };
        CheckSize(network);
        Say(
            FindingKind.Recognised,
            $"{module.Kind}{(module.Name.Length > 0 ? $" {Quote(module.Name)}" : "")}: {module.Inputs} inputs, {module.Hidden} units, {Count(module.Layers, "layer")}{(module.Directions == 2 ? ", both directions" : "")}, {(module.BiasCount == 0 ? "no" : $"{module.BiasCount}")} bias{(module.BiasCount == 1 ? "" : "es")} a layer"
        );
        SayHow(module);
        SayRest([.. module.Tensors, table, matrix, bias]);
        return Fill(network, module, order, table, matrix, bias);
    }

    // ---- which module

    private RecurrentModule? Choose(IReadOnlyList<RecurrentModule> modules)
    {
        if (_options.Module is { } wanted)
            return modules.FirstOrDefault(module => module.Name == wanted)
                ?? throw new ArgumentException(
                    $"--module: {_file} has no recurrent module {Quote(wanted)}; it has {(modules.Count == 0 ? "none" : Names(modules))}."
                );
        if (modules.Count == 0)
            Say(
                FindingKind.Recognised,
                $"there is no recurrent module among its {Count(_tensors.Count, "tensor")}: none is called weight_ih_l0 or the like"
            );
        if (modules.Count > 1)
            Say(
                FindingKind.Undecided,
                $"there are {modules.Count} recurrent modules: {Names(modules)}; a network here has one",
                $"--module {modules[0].Name}"
            );
        return modules.Count == 1 ? modules[0] : null;
    }

    private static string Names(IReadOnlyList<RecurrentModule> modules) =>
        string.Join(", ", modules.Take(MostListed).Select(module => Quote(module.Name))) + (modules.Count > MostListed ? ", …" : "");

    // ---- which cell

    private Cell CellOf(RecurrentModule module) =>
        module.Gates switch
        {
            1 => AllCells.ElmanWith(_options.Activation ?? Activation.Tanh),
            4 => AllCells.LstmWith(Activation.Sigmoid, _options.Activation ?? Activation.Tanh, _options.Activation ?? Activation.Tanh),
            _ => _options.ResetBefore
                ? AllCells.GruResetBeforeWith(Activation.Sigmoid, _options.Activation ?? Activation.Tanh)
                : AllCells.GruWith(Activation.Sigmoid, _options.Activation ?? Activation.Tanh),
        };

    // for each of PyTorch's blocks, the place of the same block in the file
    private int[] OrderOf(RecurrentModule module)
    {
        string own = module.Gates switch
        {
            4 => "ifgo",
            3 => "rzn",
            _ => "n",
        };
        if (_options.Gates is not { } given || module.Gates == 1)
            return [.. Enumerable.Range(0, own.Length)];
        string said = module.Gates == 4 ? given.Replace('c', 'g') : given.Replace('u', 'z').Replace('h', 'n');
        return said.Order().SequenceEqual(own.Order())
            ? [.. own.Select(gate => said.IndexOf(gate, StringComparison.Ordinal))]
            : throw new ArgumentException($"--gates: expected the letters of {own} in some order, got '{given}'.");
    }

    private void SayHow(RecurrentModule module)
    {
        if (module.Gates == 1)
        {
            if (_options.Activation is null)
                Say(
                    FindingKind.Guessed,
                    "the file does not say whether the RNN's activation is tanh or relu: tanh is taken",
                    "--activation relu"
                );
            return;
        }
        string order = module.Gates == 4 ? "i, f, g, o" : "r, z, n";
        if (_options.Gates is { } given)
            Say(FindingKind.Recognised, $"gate order {given}, as was said");
        else
            Say(FindingKind.Guessed, $"gate order {order}, as PyTorch's names promise", $"--gates {(module.Gates == 4 ? "iofg" : "zrn")}");
        if (module.Gates == 3 && !_options.ResetBefore)
            Say(FindingKind.Guessed, "the GRU resets after the product, as PyTorch's does", "--reset before");
    }

    // ---- what it reads and what reads it

    private bool TryEmbedding(RecurrentModule module, out Tensor? table)
    {
        bool Fits(Tensor tensor) => IsMatrix(tensor, module) && tensor.Shape[1] == module.Inputs;
        if (Named("--embedding-name", _options.Embedding, Fits, $"[words, {module.Inputs}]", out table))
            return true;
        Tensor[] fitting = [.. _tensors.Where(tensor => Fits(tensor) && BiasOf(tensor) is null)],
            called = [.. fitting.Where(tensor => IsCalled(tensor, s_embeddingNames))];
        if (called.Length == 0)
            // a table without a telling name: before the module, and not like a read-out
            called =
            [
                .. fitting.Where(tensor =>
                    !IsCalled(tensor, s_headNames) && tensor.Name.EndsWith("weight", StringComparison.Ordinal) && IsBefore(tensor, module)
                ),
            ];
        return One(called, "embeddings", "--embedding-name", out table, $"an embedding of {{0}} words in {module.Inputs} numbers");
    }

    // a network here can do without one, so nothing has to be decided first
    private Tensor? Head(RecurrentModule module, Tensor? table)
    {
        int width = module.Directions * module.Hidden;
        bool Fits(Tensor tensor) => IsMatrix(tensor, module) && tensor.Shape[1] == width;
        if (Named("--head", _options.Head, Fits, $"[outputs, {width}]", out Tensor? matrix))
            return matrix;
        Tensor[] fitting =
            [.. _tensors.Where(tensor => tensor != table && Fits(tensor) && tensor.Name.EndsWith("weight", StringComparison.Ordinal))],
            called = [.. fitting.Where(tensor => IsCalled(tensor, s_headNames))];
        if (called.Length == 0)
            called = [.. fitting.Where(tensor => BiasOf(tensor) is not null)];
        if (called.Length == 0)
            called = [.. fitting.Where(tensor => !IsBefore(tensor, module) && !IsCalled(tensor, s_embeddingNames))];
        if (
            called is [var only]
            && _tensors.FirstOrDefault(tensor =>
                tensor != table && tensor != only && IsMatrix(tensor, module) && tensor.Shape[1] == only.Shape[0]
            )
                is { } next
        )
        {
            Say(
                FindingKind.Guessed,
                $"{Quote(only.Name)} is no read-out: {Quote(next.Name)} could read what it makes; the network is opened without",
                $"--head {only.Name}"
            );
            return null;
        }
        One(called, "read-outs", "--head", out matrix, "a linear read-out of {0} outputs");
        return matrix;
    }

    // true where an option has decided
    private bool Named(string option, string? name, Func<Tensor, bool> fits, string shape, out Tensor? tensor)
    {
        tensor = null;
        if (name is null or "none")
            return name is not null;
        tensor =
            _tensors.FirstOrDefault(one => one.Name == name || one.Name == name + ".weight")
            ?? throw new ArgumentException($"{option}: {_file} has no tensor {Quote(name)}; farback open lists them.");
        return fits(tensor)
            ? true
            : throw new ArgumentException(
                $"{option}: {Quote(tensor.Name)} has the shape {Tensor.Describe([.. tensor.Shape])}; expected {shape}."
            );
    }

    private bool One(Tensor[] candidates, string what, string option, out Tensor? tensor, string recognised)
    {
        tensor = candidates.Length == 1 ? candidates[0] : null;
        if (candidates.Length > 1)
            Say(
                FindingKind.Undecided,
                $"{candidates.Length} tensors could be the {what[..^1]}: {string.Join(", ", candidates.Take(MostListed).Select(one => Quote(one.Name)))}",
                $"{option} {candidates[0].Name}"
            );
        if (tensor is not null)
            Say(
                FindingKind.Guessed,
                $"{Quote(tensor.Name)} is {string.Format(System.Globalization.CultureInfo.InvariantCulture, recognised, tensor.Shape[0])}, by its shape and name",
                $"{option} none"
            );
        return candidates.Length < 2;
    }

    private static bool IsMatrix(Tensor tensor, RecurrentModule module) =>
        tensor.Shape.Count == 2
        && tensor.Dtype.Real is not null
        && tensor.Shape[0] is > 0 and <= int.MaxValue
        && !module.Has(tensor)
        && !tensor.Name[(tensor.Name.LastIndexOf('.') + 1)..].StartsWith("weight_", StringComparison.Ordinal);

    private bool IsBefore(Tensor tensor, RecurrentModule module) => _places[tensor.Name] < _places[module.Need("weight_ih", 0, 0).Name];

    private static bool IsCalled(Tensor tensor, string[] names) =>
        names.Any(name => tensor.Name.Contains(name, StringComparison.OrdinalIgnoreCase));

    private Tensor? BiasOf(Tensor? matrix)
    {
        if (matrix is null || !matrix.Name.EndsWith("weight", StringComparison.Ordinal))
            return null;
        string name = matrix.Name[..^"weight".Length] + "bias";
        return
            _places.TryGetValue(name, out int place)
            && _tensors[place] is { Dtype.Real: not null } bias
            && bias.Shape.SequenceEqual([matrix.Shape[0]])
            ? bias
            : null;
    }

    // ---- what is left, and the numbers

    private void SayRest(HashSet<Tensor?> used)
    {
        string[] rest =
        [
            .. _tensors
                .Where(tensor => !used.Contains(tensor) && tensor.Dtype.Real is not null && tensor.Count > 1)
                .Select(tensor => Quote(tensor.Name)),
        ];
        if (rest.Length > 0)
            Say(
                FindingKind.Outside,
                $"{Count(rest.Length, "tensor")} {(rest.Length == 1 ? "is" : "are")} no part of this network: {string.Join(", ", rest.Take(MostListed))}{(rest.Length > MostListed ? ", …" : "")}; with layers in between, give the adjoints at the recurrent output instead (docs/contract.md)"
            );
    }

    private void CheckSize(Network network)
    {
        try
        {
            if (network.ParameterCount > AlwaysAllowed + MostParametersPerByte * _length)
                throw new MalformedFileException(
                    _file,
                    $"the network has {network.ParameterCount:N0} parameters in a file of {_length:N0} bytes",
                    "tensors that do not repeat their numbers"
                );
        }
        catch (ArgumentException error)
        {
            throw new NotSupportedException($"{_file}: {error.Message}", error);
        }
    }

    private Parameters<double> Fill(Network network, RecurrentModule module, int[] order, Tensor? table, Tensor? matrix, Tensor? bias)
    {
        var parameters = new Parameters<double>(network);
        foreach (Block block in network.Blocks)
        {
            Tensor? tensor = block.Kind switch
            {
                BlockKind.Embedding => table,
                BlockKind.ReadOutWeights => matrix,
                BlockKind.ReadOutBias => bias,
                BlockKind.InputWeights => module.Need("weight_ih", block.Layer, block.Direction),
                BlockKind.RecurrentWeights => module.Need("weight_hh", block.Layer, block.Direction),
                BlockKind.InputBias => module.Need("bias_ih", block.Layer, block.Direction),
                _ => module.Need("bias_hh", block.Layer, block.Direction),
            };
            if (tensor is null)
            {
                Say(FindingKind.Recognised, "the read-out has no bias: zero");
                continue;
            }
            if (tensor.Dtype.Real is null)
                throw new MalformedFileException(
                    _file,
                    $"{Quote(tensor.Name)} holds {tensor.Dtype}, which is not read",
                    "F64, F32, F16 or BF16"
                );
            _isDouble |= tensor.Dtype == Dtype.F64;
            double[] values = tensor.ToDoubles();
            bool isGated = block.Layer >= 0 && block.Layer < network.Layers;
            int rows = isGated ? block.Count / order.Length : block.Count;
            for (int gate = 0; gate < block.Count / rows; gate++)
                values.AsSpan((isGated ? order[gate] : gate) * rows, rows).CopyTo(parameters[block][(gate * rows)..]);
        }
        return parameters;
    }

    private void Say(FindingKind kind, string sentence, string? option = null) => _findings.Add(new(kind, sentence, option));

    private static string Count(long count, string one) => $"{count} {one}{(count == 1 ? "" : "s")}";

    private static string Quote(string text) => MalformedFileException.Quote(text);
}
