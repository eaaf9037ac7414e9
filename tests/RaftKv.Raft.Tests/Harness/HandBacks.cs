using RaftKv.Raft.Messages;
using RaftKv.Raft.Tests.Schedules;

namespace RaftKv.Raft.Tests.Harness;

/// <summary>
/// Hands each Ready back to its core once nobody uses it: it was written and applied, and none of its messages is in flight.
/// </summary>
internal sealed class HandBacks
{
    private readonly List<(RaftCore Core, Ready Ready)> _held = [];
    private readonly HashSet<object> _inUse = new(ReferenceEqualityComparer.Instance);

    public void Took(RaftCore core, Ready ready)
    {
        _held.Add((core, ready));
        Use(ready);
        foreach (Message message in ready.SendNow.Span)
            Use(message);
        foreach (Message message in ready.SendAfterPersist.Span)
            Use(message);
    }

    /// <param name="members">Whose writes and applies may be under way.</param>
    /// <param name="inFlight">Messages that may still arrive.</param>
    public void Sweep(IEnumerable<TestMember> members, IEnumerable<Message> inFlight)
    {
        HashSet<object> needed = new(inFlight, ReferenceEqualityComparer.Instance);
        foreach (TestMember member in members)
            needed.UnionWith(member.PendingReadys);
        _held.RemoveAll(held => TryReturn(held.Core, held.Ready, needed));
    }

    private bool TryReturn(RaftCore core, Ready ready, HashSet<object> needed)
    {
        if (needed.Contains(ready) || IsAnyIn(needed, ready.SendNow.Span) || IsAnyIn(needed, ready.SendAfterPersist.Span))
            return false;
        _inUse.Remove(ready);
        foreach (Message message in ready.SendNow.Span)
            _inUse.Remove(message);
        foreach (Message message in ready.SendAfterPersist.Span)
            _inUse.Remove(message);
        core.Return(ready);
        return true;
    }

    private void Use(object taken)
    {
        if (!_inUse.Add(taken))
            throw new ClaimViolatedException("nothing is used again before it was handed back");
    }

    private static bool IsAnyIn(HashSet<object> needed, ReadOnlySpan<Message> messages)
    {
        foreach (Message message in messages)
        {
            if (needed.Contains(message))
                return true;
        }
        return false;
    }
}
