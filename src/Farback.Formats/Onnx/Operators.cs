namespace Farback.Formats.Onnx;

/// <summary>The operators that stand around a recurrence, by name.</summary>
internal static partial class Operators
{
    /// <summary>Evaluates one.</summary>
    /// <exception cref="NotSupportedException">It is none of them.</exception>
    /// <exception cref="MalformedFileException">What it reads does not fit it.</exception>
    public static Value?[] Run(Call call) =>
        call.Node.Operator switch
        {
            "RNN" or "GRU" or "LSTM" => call.Node.IsRecurrent ? RecurrentOperator.Run(call) : RecurrentSteps.Run(call),
            "Split" => Split(call),
            string name => [One(name, call)],
        };

    private static Value One(string name, Call call) =>
        name switch
        {
            "Identity" or "Dropout" => call[0],
            "Constant" => Constant(call),
            "ConstantOfShape" => ConstantOfShape(call),
            "Cast" => Cast(call),
            "Shape" => Shape(call),
            "Size" => Value.Of(Dtype.I64, [], [(long)call[0].Count]),
            "Transpose" => Transpose(call),
            "Reshape" => Reshape(call),
            "Flatten" => Flatten(call),
            "Squeeze" => Squeeze(call),
            "Unsqueeze" => Unsqueeze(call),
            "Slice" => Slice(call),
            "Concat" => Concat(call),
            "Gather" => Gather(call),
            "Expand" => Expand(call),
            "Tile" => Tile(call),
            "ReverseSequence" => ReverseSequence(call),
            "Where" => Where(call),
            "MatMul" => MatMul(call),
            "Gemm" => Gemm(call),
            "Add" => Both(call, (a, b) => a + b, (a, b) => a + b),
            "Sub" => Both(call, (a, b) => a - b, (a, b) => a - b),
            "Mul" => Both(call, (a, b) => a * b, (a, b) => a * b),
            "Div" => Both(
                call,
                (a, b) => a / b,
                (a, b) => b == 0 || (a, b) == (long.MinValue, -1) ? throw call.Node.Fault($"divides {a} by {b}", "a whole result") : a / b
            ),
            "Equal" => Compare(call, (a, b) => a == b),
            "Less" => Compare(call, (a, b) => a < b),
            "Greater" => Compare(call, (a, b) => a > b),
            "Not" => Each(call, x => x == 0 ? 1 : 0, x => x == 0 ? 1 : 0),
            "Neg" => Each(call, x => -x, x => -x),
            "Abs" => Each(call, Math.Abs, x => x == long.MinValue ? x : Math.Abs(x)),
            "Sqrt" => Each(call, Math.Sqrt),
            "Exp" => Each(call, Math.Exp),
            "Log" => Each(call, Math.Log),
            "Tanh" => Each(call, Math.Tanh),
            "Sigmoid" => Each(call, Sigma),
            "Relu" => Each(call, x => x > 0 || double.IsNaN(x) ? x : 0, x => Math.Max(x, 0)),
            "Softsign" => Each(call, x => x / (1 + Math.Abs(x))),
            "Softplus" => Each(call, x => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)))),
            "LeakyRelu" => WithAlpha(call, 0.01f, (x, α) => x < 0 ? α * x : x),
            "Elu" => WithAlpha(call, 1, (x, α) => x < 0 ? α * (Math.Exp(x) - 1) : x),
            "HardSigmoid" => HardSigmoid(call),
            "Clip" => Clip(call),
            "Softmax" => Softmax(call, logarithm: false),
            "LogSoftmax" => Softmax(call, logarithm: true),
            "ReduceSum" => Reduce(call, 13, 0, (a, b) => a + b, mean: false),
            "ReduceMean" => Reduce(call, 18, 0, (a, b) => a + b, mean: true),
            "ReduceMax" => Reduce(call, 18, double.NegativeInfinity, Math.Max, mean: false),
            _ => throw call.Node.Outside("is an operator that is not known here."),
        };

    private static double Sigma(double x) => x >= 0 ? 1 / (1 + Math.Exp(-x)) : Math.Exp(x) / (1 + Math.Exp(x));
}
