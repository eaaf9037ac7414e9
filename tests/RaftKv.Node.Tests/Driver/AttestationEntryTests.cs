using RaftKv.Node.Driver;
using RaftKv.Node.Tests.Support;
using RaftKv.Raft;
using RaftKv.Raft.Membership;

namespace RaftKv.Node.Tests.Driver;

/// <summary>Source: <see cref="CommandApplier"/>: what becomes of entries that name a slice of the state.</summary>
public sealed class AttestationEntryTests
{
    private static readonly LogFormatRange Spoken = new(LogFormat.First, new LogFormat(2, 1));

    private readonly List<string> _opened = [];
    private readonly ListMachine _machine = new();

    [Fact]
    public void A_slice_is_opened_when_everything_before_its_entry_is_applied_and_nothing_behind_it()
    {
        Configuration raised = new([new NodeId(1)], format: Spoken.Max);
        Entry configured = new(At(1), EntryKind.Configuration, ConfigurationCodec.Encode(raised));
        AppliedInput applied = Apply(configured, Command(2), Command(3), Slice(4, 7), Command(5));
        Assert.Equal(["1/4 07 after 2"], _opened);
        Assert.Equal([1, 2, 3], applied.Results.Select(answer => answer.RequestId));
        Assert.Equal(3, _machine.Count);
    }

    // The log of a member that began anew may not reach back to the configuration that names the format.
    [Fact]
    public void Where_the_format_is_not_known_a_slice_is_passed_over()
    {
        Apply(Command(1), Slice(2, 7), Command(3));
        Assert.Empty(_opened);
        Assert.Equal(2, _machine.Count);
    }

    private AppliedInput Apply(params Entry[] entries)
    {
        CommandApplier applier = new(_machine, new NodeId(1), session: 5, LogIndex.Zero, Spoken, (position, from, _) =>
            _opened.Add($"{position} {Convert.ToHexString(from.Span)} after {_machine.Count}"));
        return applier.Apply([entries]);
    }

    private long _requests;

    private Entry Command(long index)
    {
        byte[] envelope = new byte[CommandEnvelope.HeaderBytes + 1];
        CommandEnvelope.Seal(envelope, new NodeId(1), 5, ++_requests);
        return new Entry(At(index), EntryKind.Command, envelope);
    }

    private static Entry Slice(long index, byte from) => new(At(index), EntryKind.Command, CommandEnvelope.Attestation([from]));

    private static LogPosition At(long index) => new(new Term(1), new LogIndex(index));
}
