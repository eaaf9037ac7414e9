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

    /// <summary>A slice of the own state is what the majority's is.</summary>
    void StateConfirmed(LogPosition position)
    {
        // Only of interest to those who tell or count.
    }

    /// <summary>A slice of the own state is not what the majority's is: the member is to be rebuilt.</summary>
    /// <param name="position">The entry as of which the members were compared.</param>
    /// <param name="slice">The slice, in words.</param>
    void StateDiverged(LogPosition position, string slice)
    {
        // Only of interest to those who tell or count.
    }

    /// <summary>Told where this member leads: the members' states differ, and none of them is a majority's, so nobody knows who is right.</summary>
    /// <param name="position">The entry as of which the members were compared.</param>
    /// <param name="held">Who holds what, in words.</param>
    void StateDisputed(LogPosition position, string held)
    {
        // Only of interest to those who tell or count.
    }

    /// <summary>A slice of the own state cannot be read.</summary>
    /// <param name="position">The entry as of which it was to be compared.</param>
    /// <param name="damage">Why, in words.</param>
    void StateDamaged(LogPosition position, string damage)
    {
        // Only of interest to those who tell or count.
    }

    /// <summary>Another member's state took the place of the own one, which was not to be trusted.</summary>
    void StateRebuilt(LogPosition position)
    {
        // Only of interest to those who tell or count.
    }

    /// <summary>The driver has stopped for good.</summary>
    void Stopped(RaftKvException reason);
}
