using System.Buffers;
using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;

namespace RaftKv.Raft.Tests.Log;

/// <summary>What a caller may do with a Ready, and what it may not do any more once it handed it back.</summary>
public sealed class HandBackTests
{
    [Fact]
    public void A_Ready_that_was_handed_back_shows_nothing_any_more()
    {
        RaftCore core = NewCore();
        Ready ready = TakeCampaign(core);
        core.Return(ready);
        Assert.Throws<InvalidOperationException>(() => ready.Number);
        Assert.Throws<InvalidOperationException>(() => ready.Persist);
        Assert.Throws<InvalidOperationException>(() => ready.SendNow);
        Assert.Throws<InvalidOperationException>(() => ready.Events);
    }

    [Fact]
    public void A_message_whose_Ready_was_handed_back_is_neither_received_nor_encoded()
    {
        RaftCore core = NewCore();
        Ready ready = TakeCampaign(core);
        Message message = ready.SendNow.Span[0];
        core.Return(ready);
        RaftCore other = new(
            new RaftOptions { Self = new NodeId(2) }, new RaftRestore { Configuration = Configuration.Of(1, 2, 3) }, new SplittableRandom(2));
        Assert.Throws<InvalidOperationException>(() => other.Receive(message));
        Assert.Throws<InvalidOperationException>(() => MessageCodec.Write(message, new ArrayBufferWriter<byte>()));
    }

    [Fact]
    public void A_Ready_goes_back_once_and_to_the_core_that_made_it()
    {
        RaftCore core = NewCore();
        Ready ready = TakeCampaign(core);
        Assert.Throws<ArgumentException>(() => NewCore().Return(ready));
        core.Return(ready);
        Assert.Throws<InvalidOperationException>(() => core.Return(ready));
    }

    [Fact]
    public void Handing_back_is_optional_and_in_any_order()
    {
        RaftCore core = NewSole();
        List<Ready> kept = [];
        for (int i = 0; i < 100; i++)
        {
            core.Propose(i, BitConverter.GetBytes(i));
            while (core.HasReady)
            {
                Ready ready = core.TakeReady();
                core.Persisted(ready.Number);
                if (!ready.Apply.IsEmpty)
                    core.Applied(ready.Apply.Span[^1].Index);
                kept.Add(ready);
            }
            if (kept.Count > 4)
            {
                core.Return(kept[3]);
                kept.RemoveAt(3);
            }
        }
        Assert.Equal(101, core.Commit.Value);
    }

    private static RaftCore NewCore() =>
        new(new RaftOptions { Self = new NodeId(1) }, new RaftRestore { Configuration = Configuration.Of(1, 2, 3) }, new SplittableRandom(1));

    private static RaftCore NewSole()
    {
        RaftCore core = new(
            new RaftOptions { Self = new NodeId(1) }, new RaftRestore { Configuration = Configuration.Of(1) }, new SplittableRandom(1));
        while (core.Role != Role.Leader)
        {
            core.Tick();
            while (core.HasReady)
                core.Persisted(core.TakeReady().Number);
        }
        return core;
    }

    private static Ready TakeCampaign(RaftCore core)
    {
        while (!core.HasReady)
            core.Tick();
        return core.TakeReady();
    }
}
