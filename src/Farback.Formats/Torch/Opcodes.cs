namespace Farback.Formats.Torch;

/// <summary>The names of the opcodes that are refused.</summary>
internal static class Opcodes
{
    /// <summary>The name of an opcode that is not read.</summary>
    public static string NameOf(byte opcode) =>
        opcode switch
        {
            (byte)'i' => "INST",
            (byte)'o' => "OBJ",
            0x82 or 0x83 or 0x84 => $"EXT{1 << opcode - 0x82}",
            0x92 => "NEWOBJ_EX",
            0x97 => "NEXT_BUFFER",
            0x98 => "READONLY_BUFFER",
            (byte)'P' => "PERSID",
            (byte)'0' => "POP",
            (byte)'1' => "POP_MARK",
            (byte)'2' => "DUP",
            (byte)'I' or (byte)'L' or (byte)'F' or (byte)'S' or (byte)'V' or (byte)'d' or (byte)'l' or (byte)'p' or (byte)'g' =>
                $"'{(char)opcode}' of protocol 0",
            _ => $"0x{opcode:X2}",
        };
}
