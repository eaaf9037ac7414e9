using RaftKv.Raft;

namespace RaftKv.Node.Driver;

/// <summary>Hears what happens inside a driver. Nothing depends on it.</summary>
public interface INodeObserver
{
    /// <summary>The core tells of a transition.</summary>
    void Happened(RaftEvent happening);

    /// <summary>State of another member took the place of machine and log.</summary>
    void Installed(LogPosition position);

    /// <summary>State could not be fetched from another member; it will be tried again.</summary>
    void InstallFailed(string reason);

    /// <summary>The group's members write in a newer format from an entry on that is committed.</summary>
    void FormatActivated(LogFormat format, LogIndex index)
    {
        // Only of interest to those who tell or count.
    }

    /// <summary>The driver has stopped for good.</summary>
    void Stopped(RaftKvException reason);
}
