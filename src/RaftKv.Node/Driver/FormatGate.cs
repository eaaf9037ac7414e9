using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Raft.Membership;

namespace RaftKv.Node.Driver;

/// <summary>
/// In which format the group's members write, as this member knows it: tells the core what the others speak, sees to it that this build
/// speaks what the group writes, and says from which entry on a format is active for good.
/// </summary>
/// <remarks>
/// A format is in effect with the entry that raises it, but that entry may still be replaced by another leader's. Whoever writes in a new
/// format waits until it is committed, so that no log holds anything that is newer than the configuration before it.
/// </remarks>
internal sealed class FormatGate
{
    private readonly NodeId _self;
    private readonly LogFormatRange _spoken;
    private IReadOnlyDictionary<NodeId, LogFormatRange>? _told;
    private (LogIndex Index, LogFormat Format)? _next;

    public FormatGate(RaftStatus start, RaftCore core)
    {
        (_self, _spoken) = (start.Self, start.Formats);
        Active = core.ConfigurationAt(start.Commit).Format;
        if (start.Configuration.Format != Active)
            _next = (start.ConfigurationIndex, start.Configuration.Format);
    }

    /// <summary>The format of the last configuration that is known to be committed here. It never goes down.</summary>
    public LogFormat Active { get; private set; }

    /// <summary>The newest format that this build speaks.</summary>
    public LogFormat Newest => _spoken.Max;

    /// <summary>Why this build cannot go on under a configuration; null when it can.</summary>
    public RaftKvException? Refusal(Configuration configuration) => Refusal(configuration, _spoken, _self);

    /// <summary>Why a build cannot go on under a configuration; null when it can.</summary>
    public static RaftKvException? Refusal(Configuration configuration, LogFormatRange spoken, NodeId self)
    {
        // A node that waits to be added knows of no format yet.
        bool isKnown = !configuration.Voters.IsEmpty && !Mutation.Is(Mutant.FormatNotRefused);
        return isKnown && !spoken.Covers(configuration.Format) ? StopReasons.FormatNotSpoken(self, configuration.Format, spoken) : null;
    }

    /// <summary>Another configuration is in effect.</summary>
    public void Changed(ConfigurationChanged changed)
    {
        // What follows on an entry that raises the format names the same. An entry that is replaced is heard of first, as what was before it.
        LogFormat format = changed.Configuration.Format;
        if (format == Active)
            _next = null;
        else if (_next?.Format != format)
            _next = (changed.Index, format);
    }

    /// <summary>Tells the core what its peers speak, when that has changed.</summary>
    public void Tick(RaftCore core, ITransport transport)
    {
        IReadOnlyDictionary<NodeId, LogFormatRange> spoken = transport.PeerFormats;
        if (ReferenceEquals(spoken, _told))
            return;
        _told = spoken;
        core.PeersSpeak(spoken);
    }

    /// <summary>Looks whether a format has become active for good.</summary>
    public void Follow(LogIndex commit, INodeObserver observer)
    {
        if (_next is not { } next || commit < next.Index)
            return;
        (Active, _next) = (next.Format, null);
        observer.FormatActivated(next.Format, next.Index);
    }
}
