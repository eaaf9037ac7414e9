using RaftKv.Raft.Roles;

namespace RaftKv.Raft.Membership;

/// <summary>What the other members have said that they speak, in this run and on connections that stand.</summary>
internal sealed class SpokenFormats(Protocol protocol)
{
    private IReadOnlyDictionary<NodeId, LogFormatRange> _heard = new SortedList<NodeId, LogFormatRange>();

    /// <summary>Takes the place of whatever was heard before.</summary>
    public void Heard(IReadOnlyDictionary<NodeId, LogFormatRange> formats) => _heard = formats;

    /// <summary>What a member speaks by its own word; null when it has none here.</summary>
    public LogFormatRange? Of(NodeId node)
    {
        if (node == protocol.Self)
            return protocol.Options.Formats;
        return _heard.TryGetValue(node, out LogFormatRange formats) ? formats : null;
    }

    /// <summary>Whether a member speaks the format in effect; of whom nothing was heard the first format is expected and no other.</summary>
    public bool SpeaksActive(NodeId node) => (Of(node) ?? LogFormatRange.First).Covers(protocol.Configuration.Format);

    /// <summary>The newest format that every member speaks, by the word of each; null when none is newer than the one in effect.</summary>
    public LogFormat? Newer()
    {
        Configuration configuration = protocol.Configuration;
        LogFormat newest = protocol.Options.Formats.Max;
        if (newest == configuration.Format)
            return null;
        NodeId[] members = configuration.Members();
        foreach (NodeId member in members)
        {
            if (Of(member) is { } formats)
                newest = LogFormat.Lower(newest, formats.Max);
            else if (!Mutation.Is(Mutant.RaiseFormatUnheard))
                return null;
        }
        bool isNewer = newest != configuration.Format && newest.IsAtLeast(configuration.Format);
        bool isSpoken = Array.TrueForAll(members, member => Of(member) is not { } formats || formats.Covers(newest));
        return isNewer && isSpoken ? newest : null;
    }
}
