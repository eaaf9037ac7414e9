namespace RaftKv.Storage;

/// <summary>Arrays that are written before they are read, again and again: they grow with what they have to hold.</summary>
internal static class Scratch
{
    /// <summary>The array with room for so many bytes. When it was too small it is another one, and what it held is gone.</summary>
    public static byte[] Reserve(ref byte[] scratch, int bytes)
    {
        if (scratch.Length < bytes)
            scratch = GC.AllocateUninitializedArray<byte>(Math.Max(bytes, 2 * scratch.Length));
        return scratch;
    }
}
