namespace RaftKv.Storage.Pages;

/// <summary>CRC-32C as the checksum of pages, metas and value runs.</summary>
internal static class PageChecksum
{
    /// <summary>The checksum of some bytes as pointers keep it: never 0, which means "not written yet" there.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes) => Sealed(Append(uint.MaxValue, bytes));

    /// <summary>Goes on with a running value that began as all ones.</summary>
    public static uint Append(uint running, ReadOnlySpan<byte> bytes) => ~Crc32C.Compute(~running, bytes);

    /// <summary>Ends a running value.</summary>
    public static uint Sealed(uint running)
    {
        uint crc = ~running;
        return crc == 0 ? uint.MaxValue : crc;
    }
}
