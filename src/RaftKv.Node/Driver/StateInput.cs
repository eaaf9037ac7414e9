using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Raft.Membership;

namespace RaftKv.Node.Driver;

/// <summary>Something about a state that is fetched from another member.</summary>
/// <param name="fetch">The number given to <see cref="IApplySink.Receive"/>.</param>
public abstract class StateInput(long fetch) : NodeInput
{
    /// <summary>The number given to <see cref="IApplySink.Receive"/>.</summary>
    public long Fetch { get; } = fetch;
}

/// <summary>More of the state has arrived.</summary>
/// <param name="fetch">The number given to <see cref="IApplySink.Receive"/>.</param>
/// <param name="bytes">Bytes so far.</param>
public sealed class StateProgressedInput(long fetch, long bytes) : StateInput(fetch)
{
    /// <summary>Bytes so far.</summary>
    public long Bytes { get; } = bytes;
}

/// <summary>The state has arrived whole, is durable and was examined.</summary>
/// <param name="fetch">The number given to <see cref="IApplySink.Receive"/>.</param>
/// <param name="description">What it is.</param>
public sealed class StateFetchedInput(long fetch, SnapshotDescription description) : StateInput(fetch)
{
    /// <summary>What it is.</summary>
    public SnapshotDescription Description { get; } = description;
}

/// <summary>The state was not fetched.</summary>
/// <param name="fetch">The number given to <see cref="IApplySink.Receive"/>.</param>
/// <param name="reason">Why, in words.</param>
public sealed class StateFailedInput(long fetch, string reason) : StateInput(fetch)
{
    /// <summary>Why, in words.</summary>
    public string Reason { get; } = reason;
}

/// <summary>The answer to <see cref="ILogSink.BeginInstall"/>.</summary>
public sealed class InstallBegunInput : NodeInput;

/// <summary>The answer to <see cref="IApplySink.Install"/>.</summary>
/// <param name="durable">The last command the machine now holds durably.</param>
public sealed class MachineInstalledInput(LogPosition durable) : NodeInput
{
    /// <summary>The last command the machine now holds durably.</summary>
    public LogPosition Durable { get; } = durable;
}

/// <summary>The answer to <see cref="ILogSink.EndInstall"/>.</summary>
public sealed class InstallEndedInput : NodeInput;

/// <summary>
/// The machine's state was opened for another member: the log is kept from its position on, so that what follows can be sent too, until
/// <see cref="StateClosedInput"/> and a while longer.
/// </summary>
/// <param name="position">The last command that the state includes.</param>
public abstract class StateOpenedInput(LogPosition position) : NodeInput
{
    /// <summary>The last command that the state includes.</summary>
    public LogPosition Position { get; } = position;

    /// <summary>Called once, on the driver's thread, with the configuration as of the position.</summary>
    protected internal abstract void Admit(Configuration configuration);

    /// <summary>Called once, on the driver's thread: the log begins after the position already, so the state would not be enough.</summary>
    protected internal abstract void Refuse();
}

/// <summary>A state that was opened for another member is closed.</summary>
/// <param name="position">The last command that the state includes.</param>
public sealed class StateClosedInput(LogPosition position) : NodeInput
{
    /// <summary>The last command that the state includes.</summary>
    public LogPosition Position { get; } = position;
}
