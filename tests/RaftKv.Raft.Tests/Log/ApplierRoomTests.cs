using RaftKv.Raft.Membership;

namespace RaftKv.Raft.Tests.Log;

/// <summary>Entries kept back because too much waits to be applied.</summary>
public sealed class ApplierRoomTests
{
    [Fact]
    public void Entries_kept_back_for_want_of_room_follow_once_earlier_ones_are_applied()
    {
        RaftOptions options = new() { Self = new NodeId(1), ApplyBytesMax = 1 };
        RaftCore core = new(options, new RaftRestore { Configuration = Configuration.Of(1) }, new SplittableRandom(1));
        while (core.Role != Role.Leader)
        {
            core.Tick();
            Drain(core);
        }
        core.Propose([new Proposal(1, "a"u8.ToArray()), new Proposal(2, "b"u8.ToArray())]);
        Drain(core);
        for (long index = 1; index <= 3; index++)
        {
            Assert.False(core.HasReady);
            core.Applied(new LogIndex(index));
            Assert.Equal(index < 3 ? 1 : 0, Drain(core));
        }
    }

    /// <summary>Everything taken becomes durable, nothing is reported applied; counts the entries handed out.</summary>
    private static int Drain(RaftCore core)
    {
        int entries = 0;
        while (core.HasReady)
        {
            Ready ready = core.TakeReady();
            entries += ready.Apply.Length;
            core.Persisted(ready.Number);
        }
        return entries;
    }
}
