using RaftKv.Node.Driver;
using RaftKv.Node.Tests.Support;

namespace RaftKv.Node.Tests.Driver;

/// <summary>Source: <see cref="EnvelopePool"/>: a leader uses the memory of commands again, and never too early.</summary>
public sealed class CommandMemoryTests
{
    // What the core forgets it forgets in stretches of this many entries.
    private const int Stretch = 512;

    private readonly LoneLeader _leader = new();
    private readonly HashSet<byte[]> _memory = [];
    private int _proposed;

    [Fact]
    public void Memory_is_used_again_once_disk_machine_and_core_are_done_with_it()
    {
        for (int round = 0; round < 100; round++)
        {
            ProposeSome(100);
            _leader.Write();
            _leader.Apply();
        }
        Assert.InRange(_memory.Count, Stretch, 7 * Stretch);
        RequireAllApplied();
    }

    [Fact]
    public void What_waits_for_the_disk_is_not_touched_whatever_was_used_again_before()
    {
        for (int round = 0; round < 60; round++)
        {
            ProposeSome(100);
            _leader.Write();
            _leader.Apply();
        }
        int before = _proposed;
        for (int round = 0; round < 3 * Stretch / 100; round++)
            ProposeSome(100);
        Assert.Equal(Enumerable.Range(before, _proposed - before), _leader.Unwritten.Select(command => BitConverter.ToInt32(command)));
        _leader.Write();
        _leader.Apply();
        RequireAllApplied();
    }

    [Fact]
    public void What_waits_for_the_machine_is_not_touched_though_the_core_has_forgotten_it()
    {
        for (int round = 0; round < 10 * Stretch / 100; round++)
        {
            ProposeSome(100);
            _leader.Write();
        }
        Assert.Equal(_proposed, _memory.Count);
        _leader.Apply();
        RequireAllApplied();
        ProposeSome(100);
        _leader.Write();
        _leader.Apply();
        int known = _memory.Count;
        ProposeSome(100);
        Assert.Equal(known, _memory.Count);
    }

    [Fact]
    public void Long_commands_and_what_exceeds_the_bound_are_left_to_the_collector()
    {
        EnvelopePool pool = new(bytesMax: 128);
        Assert.Null(pool.Rent(4097));
        Assert.Equal(4096, pool.Rent(4096)!.Length);
        byte[] first = pool.Rent(65)!;
        byte[] second = pool.Rent(128)!;
        Assert.Equal((128, 128), (first.Length, second.Length));
        pool.Return(first);
        pool.Return(second);
        Assert.Same(first, pool.Rent(100));
        Assert.NotSame(second, pool.Rent(100));
    }

    private void ProposeSome(int count)
    {
        for (int i = 0; i < count; i++)
        {
            AwaitedProposal proposal = new(BitConverter.GetBytes(_proposed++), _leader.Pool);
            _memory.Add(proposal.Lent!.Value.Memory);
            _leader.Input(proposal);
        }
    }

    private void RequireAllApplied() =>
        Assert.Equal(Enumerable.Range(0, _proposed), _leader.Machine.Commands.Select(command => BitConverter.ToInt32(command)));
}
