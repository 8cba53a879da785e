using Farback.Cells;

namespace Farback.Tiles;

/// <summary>Work on some rows of a batch at a time, with a tile of as many rows.</summary>
internal interface ITileUser<S, W, V>
    where S : struct, ISums<S, W, V>
    where W : struct
    where V : struct, INumbers<V>
{
    /// <summary>Works on rows <paramref name="first"/> … <paramref name="first"/> + <paramref name="many"/> − 1.</summary>
    void Use<TRows>(int first, int many)
        where TRows : struct, IRows<TRows, S, W, V>;
}

/// <summary>Rows of a batch, shared out evenly among as few tiles as the registers allow: a remainder costs no more than its share.</summary>
internal static class Tiling<S, W, V>
    where S : struct, ISums<S, W, V>
    where W : struct
    where V : struct, INumbers<V>
{
    private static int Sums
    {
        [MethodImpl(Inline)]
        get => Unsafe.SizeOf<S>() / Unsafe.SizeOf<V>();
    }

    // the sums of a tile, the weights they meet and one number of the operand fill the registers
    private static int MostRows
    {
        [MethodImpl(Inline)]
        get => Math.Min(8, ((ManyRegisters ? 32 : 16) - 1 - Math.Min(Sums, Unsafe.SizeOf<W>() / Unsafe.SizeOf<V>())) / Sums);
    }

    public static void Of<TUser>(int rows, ref TUser user)
        where TUser : struct, ITileUser<S, W, V>, allows ref struct
    {
        int tiles = (rows + MostRows - 1) / MostRows;
        for (int tile = 0, row = 0; tile < tiles; tile++)
        {
            int many = (rows - row + tiles - tile - 1) / (tiles - tile);
            One(row, many, ref user);
            row += many;
        }
    }

    private static void One<TUser>(int row, int many, ref TUser user)
        where TUser : struct, ITileUser<S, W, V>, allows ref struct
    {
        switch (many)
        {
            case 1:
                user.Use<Row<S, W, V>>(row, 1);
                break;
            case 2:
                user.Use<Plus<Row<S, W, V>, Row<S, W, V>, S, W, V>>(row, 2);
                break;
            case 3:
                user.Use<Plus<Plus<Row<S, W, V>, Row<S, W, V>, S, W, V>, Row<S, W, V>, S, W, V>>(row, 3);
                break;
            case 4:
                user.Use<Plus<Plus<Row<S, W, V>, Row<S, W, V>, S, W, V>, Plus<Row<S, W, V>, Row<S, W, V>, S, W, V>, S, W, V>>(row, 4);
                break;
            case 5:
                user.Use<
                    Plus<
                        Plus<Plus<Row<S, W, V>, Row<S, W, V>, S, W, V>, Row<S, W, V>, S, W, V>,
                        Plus<Row<S, W, V>, Row<S, W, V>, S, W, V>,
                        S,
                        W,
                        V
                    >
                >(row, 5);
                break;
            case 6:
                user.Use<
                    Plus<
                        Plus<Plus<Row<S, W, V>, Row<S, W, V>, S, W, V>, Row<S, W, V>, S, W, V>,
                        Plus<Plus<Row<S, W, V>, Row<S, W, V>, S, W, V>, Row<S, W, V>, S, W, V>,
                        S,
                        W,
                        V
                    >
                >(row, 6);
                break;
            case 7:
                user.Use<
                    Plus<
                        Plus<Plus<Row<S, W, V>, Row<S, W, V>, S, W, V>, Plus<Row<S, W, V>, Row<S, W, V>, S, W, V>, S, W, V>,
                        Plus<Plus<Row<S, W, V>, Row<S, W, V>, S, W, V>, Row<S, W, V>, S, W, V>,
                        S,
                        W,
                        V
                    >
                >(row, 7);
                break;
            case 8:
                user.Use<
                    Plus<
                        Plus<Plus<Row<S, W, V>, Row<S, W, V>, S, W, V>, Plus<Row<S, W, V>, Row<S, W, V>, S, W, V>, S, W, V>,
                        Plus<Plus<Row<S, W, V>, Row<S, W, V>, S, W, V>, Plus<Row<S, W, V>, Row<S, W, V>, S, W, V>, S, W, V>,
                        S,
                        W,
                        V
                    >
                >(row, 8);
                break;
        }
    }
}
