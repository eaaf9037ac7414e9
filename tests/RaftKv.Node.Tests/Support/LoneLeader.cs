using RaftKv.Node.Driver;
using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;

namespace RaftKv.Node.Tests.Support;

/// <summary>A member alone in its group, whose disk and machine do their work when a test says so. It keeps few entries in memory.</summary>
internal sealed class LoneLeader : DrivenMember
{
    private const long Session = 5;

    private readonly CommandApplier _applier;
    private readonly Queue<Ready> _toWrite = new();
    private readonly Queue<ReadOnlyMemory<Entry>> _toApply = new();

    public LoneLeader()
    {
        NodeId self = new(1);
        RaftRestore restored = new() { Configuration = Configuration.Of(1) };
        RaftOptions options = new() { Self = self, Session = Session, EntryWindowBytes = 128 * 1024 };
        RaftCore core = new(options, restored, new SplittableRandom(1));
        _applier = new CommandApplier(Machine, self, Session, LogIndex.Zero);
        Driver = new NodeDriver(new NodeDriverOptions { Self = self, Session = Session }, core, this, this, this, this);
        Driver.Pump();
    }

    public override NodeDriver Driver { get; }

    public EnvelopePool Pool { get; } = new(poisons: true);

    /// <summary>The commands that wait for the disk, as their memory is now.</summary>
    public IEnumerable<byte[]> Unwritten => _toWrite
        .SelectMany(ready => ready.Persist?.Entries.ToArray() ?? [])
        .Where(entry => entry.Kind == EntryKind.Command)
        .Select(entry => entry.Payload[CommandEnvelope.HeaderBytes..].ToArray());

    protected override bool KeepsMessages => false;

    public void Input(NodeInput input)
    {
        Driver.Handle(input);
        Driver.Pump();
    }

    /// <summary>The disk finishes what it was given.</summary>
    public void Write()
    {
        while (_toWrite.TryDequeue(out Ready? ready))
            Input(new PersistedInput(ready.Number));
    }

    /// <summary>The machine applies what it was given.</summary>
    public void Apply()
    {
        while (_toApply.TryDequeue(out ReadOnlyMemory<Entry> page))
            Input(_applier.Apply([page]));
    }

    public override void Persist(Ready ready) => _toWrite.Enqueue(ready);

    public override void Apply(ReadOnlyMemory<Entry> entries) => _toApply.Enqueue(entries);

    public override void Send(Message message) => Assert.Fail("There is nobody to send to.");
}
