using RaftKv.Raft;
using RaftKv.Raft.Membership;

namespace RaftKv.Node.Driver;

/// <summary>What the members hold of one slice as of one entry, as far as the leader has heard.</summary>
internal sealed class AttestationRound(LogPosition position, ReadOnlyMemory<byte> from)
{
    private readonly SortedList<NodeId, ReadOnlyMemory<byte>> _held = [];

    public LogPosition Position { get; } = position;

    public ReadOnlyMemory<byte> From { get; } = from;

    /// <summary>The digest that a majority holds; empty while there is none.</summary>
    public ReadOnlyMemory<byte> Majority { get; private set; }

    /// <summary>Whether it was told that nobody knows who is right.</summary>
    public bool IsDisputed { get; private set; }

    /// <summary>Takes a member's digest; the last one counts.</summary>
    /// <returns>Whether there is a majority now that was not there before: who votes may have changed since the others answered.</returns>
    public bool Take(NodeId member, ReadOnlyMemory<byte> digest, Configuration configuration)
    {
        _held[member] = digest;
        if (!Majority.IsEmpty)
            return false;
        foreach (ReadOnlyMemory<byte> held in _held.Values)
        {
            if (!held.IsEmpty && IsMajority(held.Span, configuration))
                Majority = held;
        }
        return !Majority.IsEmpty;
    }

    /// <summary>
    /// Whether it has just become clear that no digest will have a majority: all have answered that count, and they differ. True once.
    /// </summary>
    public bool BecomesDisputed(Configuration configuration)
    {
        if (IsDisputed || !Majority.IsEmpty || !IsComplete(configuration))
            return false;
        return IsDisputed = true;
    }

    /// <summary>Whether members differ, none of the digests has a majority, and some that count have not answered.</summary>
    public bool IsOpen(Configuration configuration) => Majority.IsEmpty && Groups() > 1 && !IsComplete(configuration);

    /// <summary>Who holds what, in words.</summary>
    public string Describe() => string.Join(", ", _held.Select(static held => held.Value.IsEmpty
        ? $"member {held.Key} cannot read its state"
        : $"member {held.Key} has {Convert.ToHexStringLower(held.Value.Span[..Math.Min(8, held.Value.Length)])}"));

    /// <summary>How many members keep state. The majority of those that vote counts.</summary>
    public static int Keepers(Configuration configuration, ReadOnlySpan<NodeId> members)
    {
        int keepers = 0;
        foreach (NodeId member in members)
            keepers += configuration.IsWitness(member) ? 0 : 1;
        return keepers;
    }

    // Of both halves while the members change.
    private bool IsMajority(ReadOnlySpan<byte> digest, Configuration configuration)
    {
        bool holds = Holders(digest, configuration, configuration.Voters) > Keepers(configuration, configuration.Voters) / 2;
        return holds && (!configuration.IsJoint
            || Holders(digest, configuration, configuration.VotersOutgoing) > Keepers(configuration, configuration.VotersOutgoing) / 2);
    }

    private int Holders(ReadOnlySpan<byte> digest, Configuration configuration, ReadOnlySpan<NodeId> voters)
    {
        int holders = 0;
        foreach (NodeId voter in voters)
        {
            bool holds = !configuration.IsWitness(voter) && _held.TryGetValue(voter, out ReadOnlyMemory<byte> held)
                && held.Span.SequenceEqual(digest);
            holders += holds ? 1 : 0;
        }
        return holders;
    }

    private bool IsComplete(Configuration configuration)
    {
        foreach (NodeId member in configuration.Members())
        {
            if (configuration.IsVoter(member) && !configuration.IsWitness(member) && !_held.ContainsKey(member))
                return false;
        }
        return true;
    }

    private int Groups() => _held.Values.DistinctBy(static digest => Convert.ToHexString(digest.Span)).Count();
}
