namespace RaftKv.Raft.Membership;

/// <summary>Decisions of a configuration, joint or not (Raft 6, thesis 4.3): a majority of each set of voters must agree.</summary>
/// <remarks>Pure functions. An empty set agrees with everything, so that a configuration that is not joint is the special case.</remarks>
public static class JointQuorum
{
    private const int StackVoters = 32;

    /// <summary>The last index that a quorum is known to hold.</summary>
    /// <param name="configuration">Who decides.</param>
    /// <param name="acks">What is known; members without an entry hold nothing.</param>
    /// <returns>The index; <see cref="long.MaxValue"/> when there is no voter.</returns>
    public static LogIndex CommittedIndex(Configuration configuration, ReadOnlySpan<Ack> acks)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        LogIndex incoming = CommittedIndex(configuration.Voters, acks);
        return configuration.IsJoint && !Mutation.Is(Mutant.CommitByNewVotersOnly)
            ? LogIndex.Min(incoming, CommittedIndex(configuration.VotersOutgoing, acks))
            : incoming;
    }

    /// <summary>The last index that a majority of one set of voters is known to hold.</summary>
    /// <param name="voters">The set.</param>
    /// <param name="acks">What is known; members without an entry hold nothing.</param>
    /// <returns>The index; <see cref="long.MaxValue"/> when there is no voter.</returns>
    public static LogIndex CommittedIndex(ReadOnlySpan<NodeId> voters, ReadOnlySpan<Ack> acks)
    {
        if (voters.IsEmpty)
            return new LogIndex(long.MaxValue);
        Span<long> held = voters.Length <= StackVoters ? stackalloc long[voters.Length] : new long[voters.Length];
        for (int i = 0; i < voters.Length; i++)
        {
            // Sorted as it grows: groups are small, and this runs for every acknowledgement.
            long next = HeldBy(voters[i], acks);
            int place = i;
            for (; place > 0 && held[place - 1] > next; place--)
                held[place] = held[place - 1];
            held[place] = next;
        }
        return new LogIndex(held[(voters.Length - 1) / 2]);
    }

    /// <summary>Where an election stands.</summary>
    /// <param name="configuration">Who decides.</param>
    /// <param name="votes">The votes so far; at most one per member.</param>
    public static VoteResult VoteResult(Configuration configuration, ReadOnlySpan<Ballot> votes)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        VoteResult incoming = VoteResult(configuration.Voters, votes);
        if (!configuration.IsJoint)
            return incoming;
        VoteResult outgoing = VoteResult(configuration.VotersOutgoing, votes);
        if (incoming == outgoing)
            return incoming;
        bool lost = incoming == Membership.VoteResult.Lost || outgoing == Membership.VoteResult.Lost;
        return lost ? Membership.VoteResult.Lost : Membership.VoteResult.Pending;
    }

    /// <summary>Where an election among one set of voters stands.</summary>
    /// <param name="voters">The set; an empty one is won.</param>
    /// <param name="votes">The votes so far; at most one per member.</param>
    public static VoteResult VoteResult(ReadOnlySpan<NodeId> voters, ReadOnlySpan<Ballot> votes)
    {
        int granted = 0;
        int missing = 0;
        foreach (NodeId voter in voters)
        {
            bool? vote = VoteOf(voter, votes);
            granted += vote == true ? 1 : 0;
            missing += vote is null ? 1 : 0;
        }
        int majority = voters.Length / 2 + 1;
        if (granted >= majority || voters.IsEmpty)
            return Membership.VoteResult.Won;
        return granted + missing >= majority ? Membership.VoteResult.Pending : Membership.VoteResult.Lost;
    }

    private static long HeldBy(NodeId voter, ReadOnlySpan<Ack> acks)
    {
        foreach (ref readonly Ack ack in acks)
        {
            if (ack.Node == voter)
                return ack.Index.Value;
        }
        return 0;
    }

    private static bool? VoteOf(NodeId voter, ReadOnlySpan<Ballot> votes)
    {
        foreach (ref readonly Ballot ballot in votes)
        {
            if (ballot.Node == voter)
                return ballot.Granted;
        }
        return null;
    }
}
