using Farback.Adjoints;
using Farback.Cells;
using Farback.Cli.Measuring;
using Farback.Networks;
using Farback.Tiles;

namespace Farback.Bench;

/// <summary>The three parts of a training step, each alone: forward, the walk back with λ W_h, and δuᵀ of the whole sequence.</summary>
internal static class Kernels
{
    public static IEnumerable<Workload> Of(Cell cell, Shape shape, int threads)
    {
        int g = cell.Gates.Count;
        yield return new("forward", cell, shape, threads, shape.Forward(g), () => new Parts(cell, shape, threads).Forward);
        yield return new("backward", cell, shape, threads, shape.Backward(g), () => new Parts(cell, shape, threads).Backward);
        yield return new("dW", cell, shape, threads, shape.Forward(g), () => new Parts(cell, shape, threads).Outer);
    }

    /// <summary>A run and its seeds, ready for any of the three.</summary>
    private sealed class Parts : Reader<float>
    {
        private readonly Recurrence<float> _layer;
        private readonly Trace<float> _trace;
        private readonly Seeds<float> _seeds;
        private readonly Sweep<float> _sweep;
        private readonly RowPlan _plan;
        private readonly Deltas<float> _deltas;
        private readonly Parameters<float> _gradient;
        private readonly int _threads,
            _stretch; // steps: as the gradient takes them
        private int _from;
        private readonly Action<int, int> _forward,
            _outer;

        public Parts(Cell cell, Shape shape, int threads)
        {
            (_threads, _forward, _outer) = (threads, ForwardPart, OuterPart);
            Network network = Workload.VectorNetwork(cell, shape, outputs: 0);
            Model<float> model = Workload.NewModel(network, threads);
            _layer = model.Recurrences[0];
            _trace = model.Forward(Workload.Vectors(shape));
            int places = shape.T * shape.B;
            _seeds = Seeds<float>.Given(_trace, Array.ConvertAll(Workload.Normal(places * shape.H), x => (double)x), scaled: false);
            _sweep = new(model, shape.T, shape.B);
            _plan = RowPlan.OneRowPerLane(shape.T, shape.B);
            _stretch = _layer.StretchOf(shape.T, shape.B);
            _deltas = _layer.NewDeltas((long)_stretch * shape.B);
            _gradient = new(network);
            Backward();
        }

        public override Deltas<float>? Store(int site) => _deltas;

        public override int Stretch(int site) => _stretch;

        public override bool RowsMeet => false;

        public override bool OnlyGathers => true;

        public void Forward() => Team.Run(_threads, Math.Min(_threads, _trace.Lanes), _forward);

        // some lanes, as a run shares them out
        private void ForwardPart(int part, int thread)
        {
            int parts = Math.Min(_threads, _trace.Lanes);
            _layer.Forward(_trace.Layers[0], 0, _trace.Times, _trace.Lanes * part / parts, _trace.Lanes * (part + 1) / parts);
        }

        public void Backward() => _sweep.Walk(_trace, _seeds, _plan, this, scaled: false);

        public void Outer()
        {
            for (_from = 0; _from < _trace.Times; _from += _stretch)
                Team.Run(_threads, Math.Min(_threads, _layer.UnitPanels), _outer);
        }

        private void OuterPart(int part, int thread)
        {
            int parts = Math.Min(_threads, _layer.UnitPanels);
            _layer.AddGradient(
                _trace.Layers[0],
                _deltas,
                0,
                _from,
                Math.Min(_trace.Times, _from + _stretch),
                new()
                {
                    Wx = _gradient["weight_ih_l0"],
                    Wh = _gradient["weight_hh_l0"],
                    Bx = _gradient["bias_ih_l0"],
                    Bh = _gradient["bias_hh_l0"],
                },
                _layer.UnitPanels * part / parts,
                _layer.UnitPanels * (part + 1) / parts
            );
        }
    }
}
