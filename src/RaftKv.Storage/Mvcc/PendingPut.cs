namespace RaftKv.Storage.Mvcc;

/// <summary>A put that waits in a <see cref="PutBuffer"/>.</summary>
/// <param name="Start">Where its key is in the buffer; the value follows.</param>
/// <param name="KeyLength">Bytes of the key.</param>
/// <param name="ValueLength">Bytes of the value.</param>
/// <param name="Lease">The lease to attach the key to; 0 for none.</param>
/// <param name="Revision">The revision it was given.</param>
/// <param name="Order">Its order inside the revision.</param>
internal readonly record struct PendingPut(int Start, int KeyLength, int ValueLength, long Lease, long Revision, int Order)
{
    /// <summary>About what one takes in memory.</summary>
    public const int Bytes = 32;
}
