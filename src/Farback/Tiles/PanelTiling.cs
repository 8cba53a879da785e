using Farback.Cells;

namespace Farback.Tiles;

/// <summary>Work of some rows on some panels at a time.</summary>
internal interface IPanelUser<TRows, S, W, V>
    where TRows : struct, IRows<TRows, S, W, V>
    where S : struct, ISums<S, W, V>
    where W : struct
    where V : struct, INumbers<V>
{
    /// <summary>Works on panels <paramref name="first"/> … <paramref name="first"/> + <paramref name="many"/> − 1.</summary>
    void Use<TPanels>(int first, int many)
        where TPanels : struct, IPanels<TPanels, TRows, S, W, V>;
}

/// <summary>Panels, shared out evenly: as many at a time as give a core eight sums to add to.</summary>
internal static class PanelTiling<TRows, S, W, V>
    where TRows : struct, IRows<TRows, S, W, V>
    where S : struct, ISums<S, W, V>
    where W : struct
    where V : struct, INumbers<V>
{
    private static int Most
    {
        [MethodImpl(Inline)]
        get => Math.Clamp(8 / (Unsafe.SizeOf<TRows>() / Unsafe.SizeOf<V>()), 1, 4);
    }

    public static void Of<TUser>(int panels, ref TUser user)
        where TUser : struct, IPanelUser<TRows, S, W, V>, allows ref struct
    {
        int groups = (panels + Most - 1) / Most;
        for (int group = 0, panel = 0; group < groups; group++)
        {
            int many = (panels - panel + groups - group - 1) / (groups - group);
            One(panel, many, ref user);
            panel += many;
        }
    }

    private static void One<TUser>(int panel, int many, ref TUser user)
        where TUser : struct, IPanelUser<TRows, S, W, V>, allows ref struct
    {
        switch (many)
        {
            case 1:
                user.Use<Panel<TRows, S, W, V>>(panel, 1);
                break;
            case 2:
                user.Use<Beside<Panel<TRows, S, W, V>, Panel<TRows, S, W, V>, TRows, S, W, V>>(panel, 2);
                break;
            case 3:
                user.Use<
                    Beside<Beside<Panel<TRows, S, W, V>, Panel<TRows, S, W, V>, TRows, S, W, V>, Panel<TRows, S, W, V>, TRows, S, W, V>
                >(panel, 3);
                break;
            case 4:
                user.Use<
                    Beside<
                        Beside<Panel<TRows, S, W, V>, Panel<TRows, S, W, V>, TRows, S, W, V>,
                        Beside<Panel<TRows, S, W, V>, Panel<TRows, S, W, V>, TRows, S, W, V>,
                        TRows,
                        S,
                        W,
                        V
                    >
                >(panel, 4);
                break;
        }
    }
}
