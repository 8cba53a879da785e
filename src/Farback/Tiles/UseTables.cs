namespace Farback.Tiles;

/// <summary>What a run's weights were multiplied by, made once for every step, so that the map reads δ only once for norms and shares.</summary>
/// <remarks>
///   u_b·u_b' for ‖Σ_b δ_b u_bᵀ‖² = Σ_{b,b'} (δ_b·δ_b')(u_b·u_b'), and g u with g = dJ/dW for ⟨δuᵀ, g⟩ = δ·(g u).
///   Memory: about T·B²/2 numbers an operand, and 2·T·B·H numbers a sum for the shares. Only read while the map is made.
/// </remarks>
internal sealed unsafe class UseTables<T>
    where T : unmanaged
{
    private readonly NativeBlock<T> _x,
        _operand,
        _beforeProduct;
    private readonly LayerTrace<T> _run;
    private readonly Recurrence<T> _recurrence;
    private readonly bool[][] _present = new bool[4][]; // by operand, and of the state: whether any number is not zero, [step][lane]

    /// <summary>Tables of a layer's run; a step of one is filled by <see cref="Fill"/>.</summary>
    public UseTables(Recurrence<T> recurrence, LayerTrace<T> run, bool ofInput, bool shares)
    {
        (_recurrence, _run, Lanes) = (recurrence, run, run.Lanes);
        long count = (long)run.Times * LaneSquares.Count(Lanes);
        _x = new(ofInput ? count : 0);
        _operand = new(recurrence.Cell.IsRecurrent ? count : 0);
        _beforeProduct = new(recurrence.Cell.IsRecurrent && recurrence.HasGate ? count : 0);
        for (int operand = 0; operand < _present.Length; operand++)
            _present[operand] = new bool[run.Times * Lanes];
        if (!shares)
            return;
        long slots = (long)run.Times * Lanes;
        (ByInput, ByState) = (recurrence.NewDeltas(slots), recurrence.NewDeltas(slots));
    }

    /// <summary>Whether they have the places that a map of a run needs.</summary>
    public bool Fits(LayerTrace<T> run, bool ofInput, bool shares) =>
        ReferenceEquals(run, _run) && ofInput == _x.Count > 0 && shares == ByInput is not null;

    /// <summary>B.</summary>
    public int Lanes { get; }

    /// <summary>g x and g u of every (step, lane), laid out like deltas; null where no shares are wanted.</summary>
    public Deltas<T>? ByInput { get; }

    /// <summary>g u.</summary>
    public Deltas<T>? ByState { get; }

    /// <summary>dJ/d(the bias beside W_x), one slot laid out like deltas.</summary>
    public Deltas<T>? InputBias { get; set; }

    /// <summary>dJ/d(the bias beside W_h).</summary>
    public Deltas<T>? StateBias { get; set; }

    /// <summary>An operand's products u_b·u_c at a step, in squares; those below the diagonal twice.</summary>
    public T* Products(Operand operand, int p) =>
        (
            operand switch
            {
                Operand.X => _x,
                Operand.BeforeProduct => _beforeProduct,
                _ => _operand,
            }
        ).Pointer
        + (long)p * LaneSquares.Count(Lanes);

    /// <summary>Whether an operand is anything but zero at a step of a lane.</summary>
    public bool IsPresent(Operand operand, int p, int lane) => _present[(int)operand][p * Lanes + lane];

    /// <summary>Whether any part of the state before the step is anything but zero.</summary>
    public bool HasState(int p, int lane) => _present[3][p * Lanes + lane];

    /// <summary>The operand itself.</summary>
    public ReadOnlySpan<T> Of(Operand operand, int p, int lane) =>
        operand switch
        {
            Operand.X => _run.X(p, lane),
            Operand.BeforeProduct => _run.H(p, lane),
            _ => _run.Operand(p, lane),
        };

    /// <summary>Fills in one step.</summary>
    public void Fill(int p)
    {
        long place = (long)p * Lanes;
        if (_x.Count > 0)
            _recurrence.Products(_run.XPointer + place * _run.Inputs, _run.Inputs, _run.Inputs, Lanes, Products(Operand.X, p));
        if (_operand.Count > 0)
            _recurrence.Products(
                (_recurrence.HasGate ? _run.OperandPointer : _run.HPointer) + place * _run.PaddedUnits,
                _run.PaddedUnits,
                _run.Units,
                Lanes,
                Products(Operand.State, p)
            );
        if (_beforeProduct.Count > 0)
            _recurrence.Products(
                _run.HPointer + place * _run.PaddedUnits,
                _run.PaddedUnits,
                _run.Units,
                Lanes,
                Products(Operand.BeforeProduct, p)
            );
        for (int lane = 0; lane < Lanes; lane++)
        {
            for (int operand = 0; operand < 3; operand++)
                _present[operand][place + lane] = AnyIn(Of((Operand)operand, p, lane));
            _present[3][place + lane] = AnyState(p, lane);
        }
    }

    private static bool AnyIn(ReadOnlySpan<T> numbers)
    {
        foreach (T number in numbers)
            if (Real.ToDouble(number) != 0)
                return true;
        return false;
    }

    private bool AnyState(int p, int lane)
    {
        for (int part = 0; part < _run.StateParts; part++)
        for (int unit = 0; unit < _run.Units; unit++)
            if (Real.ToDouble(_run.State(p, lane, part, unit)) != 0)
                return true;
        return false;
    }
}

/// <summary>What a weight is multiplied by.</summary>
internal enum Operand
{
    /// <summary>x.</summary>
    X,

    /// <summary>What the recurrent product of the cell's own stage reads.</summary>
    State,

    /// <summary>What the stage before the product reads: h₋.</summary>
    BeforeProduct,

    /// <summary>1, for a bias.</summary>
    One,
}
