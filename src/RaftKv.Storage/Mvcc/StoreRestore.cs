using RaftKv.Storage.Disk;
using RaftKv.Storage.Trees;

namespace RaftKv.Storage.Mvcc;

/// <summary>
/// Receives the pieces of a <see cref="StoreBackup"/>, in any order, and puts the copy in the place of the directory's store once all of
/// it was examined. Until then, and after a crash before then, the old store is what it was.
/// </summary>
/// <remarks>The store of the directory must not be open when <see cref="Complete"/> is called.</remarks>
public sealed class StoreRestore : IDisposable
{
    private const string TemporaryName = MvccStore.FileName + ".restore";

    private readonly IStorageDirectory _directory;
    private IStorageFile? _file;
    private bool _isVerified;

    private StoreRestore(IStorageDirectory directory, IStorageFile file)
    {
        _directory = directory;
        _file = file;
    }

    /// <summary>Begins a restore in a directory, or goes on with one that was interrupted.</summary>
    /// <param name="directory">Where the store is to be.</param>
    /// <param name="length">Bytes of the copy.</param>
    /// <param name="resume">Keep the pieces that an interrupted restore of the same backup left; else begin afresh.</param>
    public static StoreRestore Begin(IStorageDirectory directory, long length, bool resume = false)
    {
        ArgumentNullException.ThrowIfNull(directory);
        if (directory.Exists(TemporaryName) && !resume)
            directory.Delete(TemporaryName);
        IStorageFile file = directory.Exists(TemporaryName) ? directory.Open(TemporaryName) : directory.Create(TemporaryName);
        try
        {
            if (file.Length != length)
                file.SetLength(length);
            return new StoreRestore(directory, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Writes a piece. Durable pieces are those before the last <see cref="Flush"/>.</summary>
    public void Write(long offset, ReadOnlySpan<byte> piece) => File().Write(offset, piece);

    /// <summary>Makes the pieces written so far durable, so that an interrupted restore can go on behind them.</summary>
    public void Flush() => File().Flush();

    /// <summary>Makes the copy durable and examines it, which may take long; the old store may be open. No piece may follow.</summary>
    /// <exception cref="StorageCorruptException">The copy is damaged or incomplete; the old store is untouched.</exception>
    public void Verify()
    {
        IStorageFile file = File();
        if (!Mutation.Is(Mutant.StateContentNotFlushed))
            file.Flush();
        file.Dispose();
        _file = null;
        using (TreeStore copy = TreeStore.Open(_directory, TemporaryName, 1024, 1 << 20))
        {
            CheckReport report = new StoreCheck(copy).Run();
            if (!report.IsClean)
                throw new StorageCorruptException(TemporaryName, 0, $"the copy is damaged: {report.Defects[0]}");
        }
        _isVerified = true;
    }

    /// <summary>Examines the copy unless that was done, and puts it in place; durable on return.</summary>
    /// <exception cref="StorageCorruptException">The copy is damaged or incomplete; the old store is untouched.</exception>
    public void Complete()
    {
        if (!_isVerified)
            Verify();
        _directory.Rename(TemporaryName, MvccStore.FileName);
        if (!Mutation.Is(Mutant.StateNotFlushed))
            _directory.Flush();
    }

    /// <summary>Ends without putting the copy in place; what was flushed can be gone on with.</summary>
    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
    }

    private IStorageFile File()
    {
        ObjectDisposedException.ThrowIf(_file is null, this);
        return _file;
    }
}
