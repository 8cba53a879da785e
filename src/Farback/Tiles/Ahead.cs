namespace Farback.Tiles;

/// <summary>Numbers that the next step will read, [block of units][row], fetched a tile's share at a time while the tile computes.</summary>
internal unsafe struct Ahead<T>
    where T : unmanaged
{
    public T* Pointer; // row 0 of the tile's first block
    public long RowStride,
        BlockStride;
    public int Rows; // none, where nothing is worth fetching

    [MethodImpl(Compiled)]
    public readonly void Fetch(int first, int many, int blocks)
    {
        int rows = Math.Min(many, Rows - first);
        for (int block = 0; rows > 0 && block < blocks; block++)
            Jit.Fetch(ref Pointer[block * BlockStride + first * RowStride], rows * (int)RowStride);
    }
}
