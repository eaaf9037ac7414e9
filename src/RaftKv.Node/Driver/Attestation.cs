using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Raft.Membership;

namespace RaftKv.Node.Driver;

/// <summary>
/// Compares the members' states continuously, slice by slice, so that one that differs is found (docs/architecture.md, "Attested state").
/// </summary>
internal sealed class Attestation(NodeDriverOptions options, ITransport transport, INodeObserver observer)
{
    private readonly AttestationRounds _rounds = new(options, transport, observer);
    private readonly OwnSlices _own = new(options, transport);
    private int _rebuilds = options.Rebuilds;

    /// <summary>The slice in which the own state is not what the majority's is; null while there is none.</summary>
    public AttestedInput? Diverged => _own.Diverged;

    /// <summary>Whether this member leads and knows that states differ, but not who is right.</summary>
    public bool IsDisputed => _rounds.IsDisputed;

    /// <summary>How often the state was rebuilt since the whole of it was last found sound.</summary>
    public int Rebuilds => _rebuilds;

    public void Follow(Configuration configuration) => _rounds.Follow(configuration);

    public void Tick(long nowTick, RaftCore core, LogIndex applied, LogFormat active)
    {
        _rounds.Tick(nowTick, core, applied, active);
        _own.Tick(core.Leader, nowTick);
    }

    /// <summary>The own machine has worked out a digest.</summary>
    public void Take(AttestedInput own, NodeId leader, long nowTick, ILogSink log)
    {
        if (own.Damage is { } damage)
            observer.StateDamaged(own.Position, damage);
        _own.Take(own, leader, nowTick);
        Judge(own.Position, _rounds.TakeOwn(own), log);
    }

    /// <summary>Another member tells something.</summary>
    public void Heard(NodeId from, AttestationNotice notice, ILogSink log)
    {
        ReadOnlyMemory<byte> majority = notice is SliceNotice slice ? _rounds.Take(from, slice) : notice.Digest;
        Judge(notice.Position, majority, log);
    }

    /// <summary>Another member's state took the place of this one's.</summary>
    public void Replaced() => _own.Replaced();

    private void Judge(LogPosition position, ReadOnlyMemory<byte> majority, ILogSink log)
    {
        if (majority.IsEmpty)
            return;
        bool wasSound = Diverged is null;
        if (_own.Judge(position, majority.Span))
            observer.StateConfirmed(position);
        else if (wasSound && Diverged is { } slice)
            observer.StateDiverged(slice.Position, Describe(slice));
        if (_rebuilds == 0 || !_own.IsWholeSound)
            return;
        _rebuilds = 0;
        log.Trust();
    }

    /// <summary>A slice in words: where it begins, in hexadecimal digits.</summary>
    public static string Describe(AttestedInput slice)
    {
        const int bytesMax = 32;
        ReadOnlySpan<byte> from = slice.From.Span;
        string begin = from.IsEmpty ? "at the beginning" : $"at {Convert.ToHexStringLower(from[..Math.Min(bytesMax, from.Length)])}";
        return slice.Damage is { } damage ? $"{begin} ({damage})" : begin;
    }
}
