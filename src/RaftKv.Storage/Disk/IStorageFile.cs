namespace RaftKv.Storage.Disk;

/// <summary>
/// One open file: bytes at offsets, with the weakest promises a disk gives. Written but unflushed bytes may be lost, kept,
/// or torn at sector boundaries in any combination by a crash; only <see cref="Flush"/> promises anything.
/// </summary>
/// <remarks>
/// Reads may run beside each other and beside writes of other ranges, on any thread. Writes and <see cref="SetLength"/> come from one
/// thread at a time, and so do flushes; a <see cref="Flush"/> may run beside a write on another thread. A failed <see cref="Flush"/>
/// poisons the file: every later call throws <see cref="StorageFailedException"/>, because what the device kept is no longer known and
/// nothing retries a flush.
/// </remarks>
public interface IStorageFile : IDisposable
{
    /// <summary>Name inside its directory, for messages.</summary>
    string Name { get; }

    /// <summary>Length in bytes, as set by the last <see cref="SetLength"/> or extended by <see cref="Write"/>.</summary>
    long Length { get; }

    /// <summary>Fills <paramref name="destination"/> from <paramref name="offset"/>.</summary>
    /// <exception cref="StorageCorruptException">The file ends before the destination is full.</exception>
    /// <exception cref="StorageIoException">The device failed to read.</exception>
    void ReadExactly(long offset, Span<byte> destination);

    /// <summary>
    /// Where the bytes end that were ever written, as far as the platform tells without reading; all behind them, up to
    /// <see cref="Length"/>, are zeros. By default the length.
    /// </summary>
    long WrittenEnd => Length;

    /// <summary>Writes bytes; not durable before <see cref="Flush"/> returns. Extends the file when they end past its length.</summary>
    /// <exception cref="StorageFullException">No room; other content is untouched, the range written is undefined.</exception>
    /// <exception cref="StorageIoException">The device failed to write; the range written is undefined.</exception>
    void Write(long offset, ReadOnlySpan<byte> source);

    /// <summary>Sets the length, reserving the space where the platform can; new bytes read as zero.</summary>
    /// <exception cref="StorageFullException">The device has no room; the length is unchanged.</exception>
    void SetLength(long length);

    /// <summary>
    /// Has what was written to a range begin its way to the device, once what the call before was for has arrived there: so that a
    /// <see cref="Flush"/> later finds little left, and one of another file waits behind little. Promises nothing; by default does nothing.
    /// On the thread that writes.
    /// </summary>
    /// <exception cref="StorageFailedException">The device failed to write, now or before; the file accepts nothing further.</exception>
    void BeginWriteBack(long offset, long length)
    {
    }

    /// <summary>On return every write and length that had returned before the call survives power loss; others may.</summary>
    /// <exception cref="StorageFailedException">The flush failed, now or before; the file accepts nothing further.</exception>
    void Flush();
}
