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

    /// <summary>Damage in the log waits for the help of other members.</summary>
    void LogDamaged(Persistence.GroupDamage damage);

    /// <summary>What damage took from the log is there again, or was given up for another admission.</summary>
    void LogMended();

    /// <summary>The driver has stopped for good.</summary>
    void Stopped(RaftKvException reason);
}
