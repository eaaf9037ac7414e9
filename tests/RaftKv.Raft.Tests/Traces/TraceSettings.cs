using RaftKv.Raft.Membership;

namespace RaftKv.Raft.Tests.Traces;

/// <summary>What the command "nodes" says about a group: who belongs to it, and the options of every member.</summary>
internal sealed class TraceSettings(TraceArguments arguments)
{
    public bool LeaseReads => arguments.Is("leases", false);

    public bool Incarnations => arguments.Is("incarnations", false);

    /// <summary>Whether Readys are handed back to the cores once they are used up.</summary>
    public bool HandsBack => arguments.Is("handback", true);

    /// <summary>Whether members begin with the first format, and each start of one after that is an upgrade.</summary>
    public bool Upgrades => arguments.Is("upgrades", false);

    /// <summary>Whether writes wait for the command "persist".</summary>
    public bool SlowDisks => arguments.Named("disks") == "slow";

    /// <summary>Whether state machines wait for the command "apply", and entries asked back from the log for "logread".</summary>
    public bool SlowMachines => arguments.Named("machines") == "slow";

    /// <summary>What election timeouts are drawn from.</summary>
    public ulong Seed => (ulong)arguments.Number("seed", 1);

    public Configuration Founding()
    {
        string voters = string.Join(' ', Enumerable.Range(1, arguments.Count(0)));
        string witnesses = arguments.Named("witness") is { } witness ? $" witnesses=({witness})" : "";
        return Configuration.Parse($"voters=({voters}){witnesses}");
    }

    public RaftOptions OptionsOf(NodeId id, long run, long incarnation) => new()
    {
        Self = id,
        Session = run,
        Incarnation = incarnation,
        Formats = new LogFormatRange(LogFormat.First, Upgrades ? NewestOf(run) : LogFormat.First),
        RaisesFormat = arguments.Is("raises", true),
        PreVote = arguments.Is("prevote", true),
        CheckQuorum = arguments.Is("checkquorum", true),
        LeaseReads = LeaseReads,
        LeaseDriftTicks = arguments.Number("drift", 2),
        QuiesceTicks = arguments.Number("quiesce", 0),
        ElectionDelayTicks = arguments.Named("delayed") == id.ToString() ? 20 : 0,
        EntryWindowBytes = arguments.Number("window", 1 << 20),
        MessageBytesMax = arguments.Number("message", 1 << 20),
        InflightMessagesMax = arguments.Number("inflight", 256),
        InflightBytesMax = arguments.Number("bytes", 1 << 20),
        UncommittedBytesMax = arguments.Number("uncommitted", 1 << 20),
        ForwardedProposalsMax = arguments.Number("forwarded", 1 << 10),
        ApplyBytesMax = arguments.Number("page", 1 << 20),
        Audit = arguments.Is("audit", true),
        PendingReadsMax = arguments.Number("reads", 1 << 10),
    };

    // 1.1, 1.2, 2.2, 2.3 and so on: now the machine has something new, now the library.
    private static LogFormat NewestOf(long run) => new(1 + (int)run / 2, 1 + (int)(run + 1) / 2);
}
