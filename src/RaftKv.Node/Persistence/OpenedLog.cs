using RaftKv.Storage;
using RaftKv.Storage.Disk;
using RaftKv.Storage.Wal;

namespace RaftKv.Node.Persistence;

/// <summary>Opens the log of a member that others can help when the log is damaged.</summary>
/// <param name="Log">The log.</param>
/// <param name="Unreadable">What made the log before it unreadable, whose files were set aside now; null when none were.</param>
public sealed record OpenedLog(WriteAheadLog Log, StorageCorruptException? Unreadable)
{
    private const string Suffix = ".wal";
    private const string AsideSuffix = ".wal.damaged";

    /// <summary>
    /// Opens a log with whatever is sound in it, and notes what damage left in doubt. One of which not even the end can be told is set
    /// aside, its files renamed, and the log begins anew; its groups then wait to be admitted again.
    /// </summary>
    /// <param name="directory">Holds the log.</param>
    /// <param name="options">How it is set up.</param>
    /// <param name="others">How many other members there are; with fewer than two, nobody could help and nothing is set aside.</param>
    /// <param name="number">A number drawn for this opening.</param>
    /// <exception cref="StorageException">The log cannot be opened.</exception>
    public static OpenedLog Open(IStorageDirectory directory, WalOptions options, int others, long number)
    {
        ArgumentNullException.ThrowIfNull(directory);
        StorageCorruptException? unreadable = null;
        WriteAheadLog log;
        try
        {
            log = WriteAheadLog.Open(directory, options);
        }
        catch (StorageCorruptException met) when (others >= 2)
        {
            SetAside(directory);
            unreadable = met;
            log = WriteAheadLog.Open(directory, options);
        }
        try
        {
            bool hasSetAside = directory.List().Any(name => name.Contains(AsideSuffix, StringComparison.Ordinal));
            DamageNotes.Write(log, number, hasSetAside);
            GroupNumbers.ReleaseAbandoned(log);
            return new OpenedLog(log, unreadable);
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    // The last one first: what a crash leaves over is then no whole log, and is set aside next time.
    private static void SetAside(IStorageDirectory directory)
    {
        foreach (string name in directory.List().Where(name => name.EndsWith(Suffix, StringComparison.Ordinal)).Reverse())
        {
            string aside = name[..^Suffix.Length] + AsideSuffix;
            while (directory.Exists(aside))
                aside += "+";
            directory.Rename(name, aside);
            directory.Flush();
        }
    }
}
