using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Storage.Wal;

namespace RaftKv.Node.Persistence;

/// <summary>What is written about a group by those who give its directory to another cluster, or make one.</summary>
internal sealed class NewStart(GroupLog group)
{
    /// <summary>Writes down how an installation that a crash interrupted has ended, so that no later start has to find it out.</summary>
    /// <param name="restored">What <see cref="EntryStore.Restore"/> made of it.</param>
    public void Settle(RaftRestore restored)
    {
        group.Write(group.State);
        group.Log.Release(group.Number, restored.Base.Index.Value);
    }

    /// <summary>
    /// Makes a member the only one by an entry after all that the log holds, in a later term. All of the log is committed thereby: the
    /// only voter has it.
    /// </summary>
    /// <param name="self">The member.</param>
    /// <param name="restored">What <see cref="EntryStore.Restore"/> returned.</param>
    /// <param name="batch">Takes the entry and the state; nothing is durable before the caller has appended it.</param>
    public void StageSoleMember(NodeId self, RaftRestore restored, WalBatch batch)
    {
        Configuration present = restored.ConfigurationAt(restored.Last);
        Configuration sole = new(
            [self],
            incarnations: present.IncarnationOf(self) is var disk and not 0 ? [new MemberIncarnation(self, disk)] : [],
            addresses: present.AddressOf(self) is { } address ? [new MemberAddress(self, address)] : [],
            format: present.Format);
        Term lastTerm = restored.TermRuns.Count > 0 ? restored.TermRuns[^1].Term : restored.Base.Term;
        LogPosition position = new(new Term(Math.Max(restored.HardState.Term.Value, lastTerm.Value) + 1), restored.Last.Next);
        Entry entry = new(position, EntryKind.Configuration, ConfigurationCodec.Encode(sole));
        batch.AddEntry(group.Number, entry.Index.Value, entry.Term.Value, (byte)entry.Kind, entry.Payload.Span);
        // Nobody else is left whose state could be trusted more.
        group.State = group.State.After([entry]) with
        {
            HardState = new HardState(position.Term, self, position.Index),
            Installing = null,
            IsDistrusted = false,
        };
        batch.SetState(group.Number, group.State.Encode());
    }

    /// <summary>Lets an empty group begin after a position: the machine holds everything up to it.</summary>
    /// <param name="position">The last entry that the machine includes.</param>
    public void BeginAfter(LogPosition position)
    {
        group.Write(group.State with { HardState = new HardState(position.Term, NodeId.None, position.Index), Base = position });
        group.Log.Release(group.Number, position.Index.Value);
    }
}
