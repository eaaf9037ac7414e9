using RaftKv.Testing.Histories;

namespace RaftKv.Testing.Checkers;

/// <summary>Members at the same revision hold the same (Raft 5.4.3, State Machine Safety): the same pairs and the same hash.</summary>
public sealed class ReplicaEquality : IHistoryChecker
{
    /// <inheritdoc/>
    public string Property => "members at one revision are equal";

    /// <inheritdoc/>
    public IReadOnlyList<string> Check(History history)
    {
        ArgumentNullException.ThrowIfNull(history);
        List<string> breaches = [];
        foreach (IGrouping<long, MemberState> revision in history.Events.OfType<MemberState>().GroupBy(state => state.Revision))
        {
            MemberState first = revision.First();
            foreach (MemberState other in revision)
            {
                if (!other.Pairs.SequenceEqual(first.Pairs))
                    breaches.Add($"{first.Actor} and {other.Actor} hold different pairs at revision {revision.Key}.");
                else if (other.Hash != first.Hash)
                    breaches.Add($"{first.Actor} and {other.Actor} have hashes {first.Hash:X8} and {other.Hash:X8} at {revision.Key}.");
            }
        }
        return breaches;
    }
}
