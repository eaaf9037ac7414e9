using RaftKv.Raft;
using RaftKv.Storage;

namespace RaftKv.Node;

/// <summary>Why a node ends, in the words callers see.</summary>
internal static class StopReasons
{
    public static RaftKvException Stopped() =>
        new("The node was stopped.", WriteOutcome.NotApplied) { Error = RaftKvError.Stopped };

    public static RaftKvException Stopping() =>
        new("The node is stopping.", WriteOutcome.NotApplied) { Error = RaftKvError.Stopped };

    public static RaftKvException Removed(NodeId node) =>
        new($"Member {node} was removed from the cluster.", WriteOutcome.NotApplied) { Error = RaftKvError.Removed };

    /// <summary>Names what a worker met. Storage failures keep their own sentence, which names the file.</summary>
    public static RaftKvException From(Exception met) => met switch
    {
        RaftKvException named => named,
        StorageException storage => new RaftKvException(
            $"The node faulted, for its storage failed: {storage.Message}", WriteOutcome.NotApplied, null, storage)
        { Error = RaftKvError.Storage },
        _ => new RaftKvException($"The node faulted: {met.Message}", WriteOutcome.NotApplied, null, met) { Error = RaftKvError.Faulted },
    };
}
