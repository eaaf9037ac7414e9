namespace RaftKv.Node;

/// <summary>A slice of a machine's state as of one place of the log, which does not change while it is open.</summary>
public interface IMachineSlice : IDisposable
{
    /// <summary>
    /// Works the digest out, on another thread than what is applied meanwhile. Called once at most; a slice of a few megabytes is about
    /// right.
    /// </summary>
    /// <exception cref="Storage.StorageCorruptException">
    /// What is stored there is damaged. The member is then one whose state differs; any other exception faults the group.
    /// </exception>
    SliceDigest Compute();
}
