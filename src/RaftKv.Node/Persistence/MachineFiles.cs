using RaftKv.Raft;
using RaftKv.Storage;
using RaftKv.Storage.Disk;

namespace RaftKv.Node.Persistence;

/// <summary>Opens the machine of a group whose files may be damaged beyond opening.</summary>
/// <remarks>
/// Such files are set aside, and the state is got anew: from another member, or from the log where that holds every entry. The log notes first
/// that the state is not to be trusted; so whatever is opened after a crash is replaced as well.
/// </remarks>
public static class MachineFiles
{
    /// <summary>What is added to the names of files that were set aside. One set stays; the next one takes its place.</summary>
    public const string AsideSuffix = ".damaged";

    /// <summary>Opens a machine.</summary>
    /// <param name="store">The group's part of the log.</param>
    /// <param name="self">The member.</param>
    /// <param name="directory">Opens the machine's directory, for each try anew.</param>
    /// <param name="open">Opens the machine in it, to which the directory belongs from then on; it is closed when this throws.</param>
    /// <param name="setAside">Is told of the damage when files were set aside.</param>
    /// <exception cref="StorageCorruptException">The files are damaged, and the state is nowhere else; they were left alone.</exception>
    public static IStateMachine Open(
        EntryStore store,
        NodeId self,
        Func<IStorageDirectory> directory,
        Func<IStorageDirectory, IStateMachine> open,
        Action<StorageCorruptException> setAside)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(directory);
        ArgumentNullException.ThrowIfNull(open);
        ArgumentNullException.ThrowIfNull(setAside);
        try
        {
            return Open(directory(), open);
        }
        catch (StorageCorruptException damage) when (store.Replacement.IsPossible(self))
        {
            store.Replacement.Distrust();
            using (IStorageDirectory files = directory())
                SetAside(files);
            setAside(damage);
            return Open(directory(), open);
        }
    }

    private static IStateMachine Open(IStorageDirectory files, Func<IStorageDirectory, IStateMachine> open)
    {
        try
        {
            return open(files);
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    private static void SetAside(IStorageDirectory files)
    {
        foreach (string name in files.List().Where(name => !name.EndsWith(AsideSuffix, StringComparison.Ordinal)))
            files.Rename(name, name + AsideSuffix);
        files.Flush();
    }
}
