namespace Farback.Formats.Zip;

/// <summary>The checksum of zip archives: CRC-32 with the polynomial 0xEDB88320, bits reflected.</summary>
internal static class Crc32
{
    private static readonly uint[] s_table =
    [
        .. Enumerable
            .Range(0, 256)
            .Select(number =>
            {
                uint rest = (uint)number;
                for (int bit = 0; bit < 8; bit++)
                    rest = (rest & 1) == 1 ? rest >> 1 ^ 0xEDB88320 : rest >> 1;
                return rest;
            }),
    ];

    /// <summary>Goes on with a checksum; 0 begins one.</summary>
    public static uint Add(uint crc, ReadOnlySpan<byte> bytes)
    {
        crc = ~crc;
        foreach (byte one in bytes)
            crc = s_table[(byte)crc ^ one] ^ crc >> 8;
        return ~crc;
    }
}
