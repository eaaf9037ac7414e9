using RaftKv.Raft;

namespace RaftKv.Node.Driver;

/// <summary>Hears what happens inside a driver. Nothing depends on it.</summary>
public interface INodeObserver
{
    /// <summary>The core tells of a transition.</summary>
    void Happened(RaftEvent happening);

    /// <summary>The driver has stopped for good.</summary>
    void Stopped(RaftKvException reason);
}
