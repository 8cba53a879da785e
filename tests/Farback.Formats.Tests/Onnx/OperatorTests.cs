using Farback.Formats.Onnx;
using Farback.Formats.Onnx.Wire;

namespace Farback.Formats.Tests.Onnx;

/// <summary>The operators around a recurrence, worked by hand, each as its opset has it.</summary>
public sealed class OperatorTests
{
    private static readonly TensorProto[] Stored =
    [
        Made.Floats("m", [2, 3], 1, 2, 3, 4, 5, 6),
        Made.Floats("row", [3], 10, 20, 30),
        Made.Floats("cube", [2, 2, 2], 1, 2, 3, 4, 5, 6, 7, 8),
        Made.Floats("two", [2], 10, 20),
        Made.Floats("limit", [], 4),
        Made.Longs("zero", 0),
        Made.Longs("one", 1),
        Made.Longs("minus", -1),
        Made.Longs("far", long.MaxValue),
        Made.Longs("near", long.MinValue),
        Made.Longs("ids", 1, -2),
        Made.Longs("sizes", 1, 2),
        Made.Longs("shape", 0, -1, 1),
        Made.Longs("wide", 2, 2, 3),
        Made.Longs("lengths", 2, 1),
        Made.Longs("twice", 1, 2),
    ];

    private static void Gives(int opset, NodeProto node, int[] shape, params double[] numbers) => Gives(opset, node, 0, shape, numbers);

    private static void Gives(int opset, NodeProto node, int output, int[] shape, params double[] numbers)
    {
        Value found = Made.Model(opset, node).With(Stored).Output([.. node.Output]).Run()[node.Output[output]]!;
        Assert.Equal(shape, found.Shape);
        double[] all = found.ToDoubles();
        for (int i = 0; i < numbers.Length; i++)
            Assert.Equal(numbers[i], all[i], 1e-6);
        Assert.Equal(numbers.Length, all.Length);
    }

    [Fact]
    public void Those_that_move_numbers()
    {
        Gives(13, Made.Node("Transpose", "m", "y"), [3, 2], 1, 4, 2, 5, 3, 6);
        Gives(13, Made.Node("Reshape", "m,shape", "y"), [2, 3, 1], 1, 2, 3, 4, 5, 6);
        Gives(13, Made.Node("Flatten", "cube", "y", ("axis", 2)), [4, 2], 1, 2, 3, 4, 5, 6, 7, 8);
        Gives(11, Made.Node("Unsqueeze", "row", "y", ("axes", new long[] { 0, 2 })), [1, 3, 1], 10, 20, 30);
        Gives(13, Made.Node("Unsqueeze", "row,minus", "y"), [3, 1], 10, 20, 30);
        Gives(
            9,
            Made.Node("Slice", "m", "y", ("axes", new long[] { 1 }), ("starts", new long[] { -2 }), ("ends", new long[] { 100 })),
            [2, 2],
            2,
            3,
            5,
            6
        );
        Gives(10, Made.Node("Slice", "m,one,far,one", "y"), [2, 2], 2, 3, 5, 6);
        Gives(10, Made.Node("Slice", "m,minus,near,one,minus", "y"), [2, 3], 3, 2, 1, 6, 5, 4); // backwards
        Gives(13, Made.Node("Concat", "m,m", "y", ("axis", 1)), [2, 6], 1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6);
        Gives(13, Made.Node("Split", "m,sizes", "a,b", ("axis", 1)), 1, [2, 2], 2, 3, 5, 6);
        Gives(11, Made.Node("Split", "cube", "a,b", ("axis", 2)), 1, [2, 2, 1], 2, 4, 6, 8);
        Gives(13, Made.Node("Gather", "m,ids", "y", ("axis", 1)), [2, 2], 2, 2, 5, 5);
        Gives(13, Made.Node("Expand", "row,wide", "y"), [2, 2, 3], 10, 20, 30, 10, 20, 30, 10, 20, 30, 10, 20, 30);
        Gives(13, Made.Node("Tile", "m,twice", "y"), [2, 6], 1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6);
        Gives(13, Made.Node("ReverseSequence", "cube,lengths", "y"), [2, 2, 2], 5, 6, 3, 4, 1, 2, 7, 8);
        Gives(13, Made.Node("Shape", "m", "y"), [2], 2, 3);
        Gives(15, Made.Node("Shape", "m", "y", ("start", 1)), [1], 3);
        Gives(13, Made.Node("Cast", "m", "y", ("to", 7)), [2, 3], 1, 2, 3, 4, 5, 6);
    }

    [Fact]
    public void Those_that_compute()
    {
        Gives(13, Made.Node("Add", "m,row", "y"), [2, 3], 11, 22, 33, 14, 25, 36);
        Gives(13, Made.Node("MatMul", "m,row", "y"), [2], 140, 320);
        Gives(13, Made.Node("MatMul", "cube,cube", "y"), [2, 2, 2], 7, 10, 15, 22, 67, 78, 91, 106);
        Gives(13, Made.Node("Gemm", "m,m,two", "y", ("transB", 1)), [2, 2], 24, 52, 42, 97);
        double[] e = [Math.Exp(-2), Math.Exp(-1), 1];
        double sum = e.Sum();
        Gives(13, Made.Node("Softmax", "m", "y"), [2, 3], e[0] / sum, e[1] / sum, e[2] / sum, e[0] / sum, e[1] / sum, e[2] / sum);
        // before 13 all from the axis on is one row
        Gives(
            11,
            Made.Node("LogSoftmax", "m", "y", ("axis", 0)),
            [2, 3],
            [.. Enumerable.Range(1, 6).Select(x => x - Math.Log(Enumerable.Range(1, 6).Sum(z => Math.Exp(z))))]
        );
        Gives(13, Made.Node("ReduceMean", "m", "y", ("axes", new long[] { 0 }), ("keepdims", 0)), [3], 2.5, 3.5, 4.5);
        Gives(13, Made.Node("ReduceSum", "m,one", "y"), [2, 1], 6, 15);
        Gives(13, Made.Node("ReduceMax", "m", "y", ("keepdims", 0)), [], 6);
        Gives(11, Made.Node("Clip", "m,,limit", "y"), [2, 3], 1, 2, 3, 4, 4, 4);
    }

    [Fact]
    public void What_does_not_fit_is_refused_with_the_node()
    {
        foreach (
            NodeProto node in new[]
            {
                Made.Node("Add", "m,cube", "y"),
                Made.Node("MatMul", "m,m", "y"),
                Made.Node("Reshape", "row,wide", "y"),
                Made.Node("Squeeze", "m,zero", "y"),
                Made.Node("Concat", "m,row", "y", ("axis", 0)),
                Made.Node("Gather", "m,far", "y"),
                Made.Node("Transpose", "m", "y", ("perm", new long[] { 0, 0 })),
                Made.Node("Split", "m,wide", "a,b,c", ("axis", 1)),
                Made.Node("Add", "m,zero", "y"),
                Made.Node("Flatten", "m", "y", ("axis", 3)),
                Made.Node("Relu", "", "y"),
            }
        )
        {
            var error = Assert.Throws<MalformedFileException>(() => Made.Model(13, node).With(Stored).Output([.. node.Output]).Run());
            Assert.Contains($"node 0 ({node.OpType} \"my {node.OpType}\")", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_length_of_zero_leaves_zeros_and_a_shorter_one_stops_there_in_both_directions()
    {
        // h = x + ½h₋ in each direction, three lanes of lengths 3, 0, 2
        NodeProto node = Made.Node(
            "RNN",
            "x,w,r,,lens,h0",
            "Y,Yh",
            ("direction", "bidirectional"),
            ("activations", new[] { "Affine", "Affine" }),
            ("activation_alpha", new[] { 1f, 1f }),
            ("hidden_size", 1)
        );
        Evaluator run = Made.Model(14, node)
            .Input("x")
            .Output("Y", "Yh")
            .With(
                Made.Floats("w", [2, 1, 1], 1, 1),
                Made.Floats("r", [2, 1, 1], 0.5f, 0.5f),
                Made.Raw("lens", 6, [3], [3, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0]),
                Made.Floats("h0", [2, 3, 1], 8, 8, 8, 16, 16, 16)
            )
            .Run(("x", Value.Of(Dtype.F32, [3, 3, 1], [1.0, 1, 1, 2, 2, 2, 3, 3, 3])));
        // forwards from 8: 1 + 4 = 5, 2 + 2.5 = 4.5, 3 + 2.25 = 5.25; backwards from 16, lane 0: 3 + 8 = 11, 2 + 5.5 = 7.5, 1 + 3.75 = 4.75
        // backwards, lane 2, from its own end: 2 + 8 = 10, 1 + 5 = 6
        Assert.Equal([5, 0, 5, 4.75, 0, 6, 4.5, 0, 4.5, 7.5, 0, 10, 5.25, 0, 0, 11, 0, 0], run["Y"]!.Reals);
        Assert.Equal([5.25, 0, 4.5, 4.75, 0, 6], run["Yh"]!.Reals);
    }
}
