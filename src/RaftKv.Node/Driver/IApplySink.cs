using RaftKv.Raft;

namespace RaftKv.Node.Driver;

/// <summary>Takes committed entries for the machine. The call does not wait; the answer is an <see cref="AppliedInput"/>.</summary>
public interface IApplySink
{
    /// <summary>Applies entries after all given before; the core bounds how many bytes of them are under way.</summary>
    void Apply(ReadOnlyMemory<Entry> entries);
}
