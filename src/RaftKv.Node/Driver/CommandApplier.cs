using RaftKv.Raft;
using RaftKv.Raft.Membership;

namespace RaftKv.Node.Driver;

/// <summary>Feeds a machine from committed entries: takes commands out of their envelopes and collects this node's own results.</summary>
/// <param name="machine">The machine.</param>
/// <param name="self">This member.</param>
/// <param name="session">This run of it.</param>
/// <param name="applied">The last entry that is not handed out any more (<see cref="RaftRestore.Applied"/>).</param>
/// <param name="spoken">The log formats that this build speaks; null for the first alone.</param>
/// <param name="attest">
/// Opens a slice of the machine's state, once that is as of the entry given: where the slice begins, and the machine's format there. Null
/// when the machine is no <see cref="IAttestedMachine"/>.
/// </param>
/// <remarks>Not thread-safe: one owner calls it.</remarks>
public sealed class CommandApplier(
    IStateMachine machine,
    NodeId self,
    long session,
    LogIndex applied,
    LogFormatRange? spoken = null,
    Action<LogPosition, ReadOnlyMemory<byte>, int>? attest = null) : ICommandResults
{
    private readonly List<Command> _commands = [];
    private readonly List<long> _ownRequests = [];
    private readonly List<ReadOnlyMemory<byte>> _results = [];
    private List<ProposalAnswer> _answers = [];
    private long _session = session;
    private LogIndex _applied = applied;
    private LogFormat _format = LogFormat.First;

    // The command that the machine said it applies; before the first when it said nothing.
    private int _begun = -1;

    /// <summary>Applies entries in order and tells what became of this node's own among them.</summary>
    /// <param name="pages">At least one page, none of them empty, each following the one before.</param>
    /// <exception cref="RaftKvException">The machine threw, or an entry is no command of a version known here.</exception>
    public AppliedInput Apply(IReadOnlyList<ReadOnlyMemory<Entry>> pages)
    {
        ArgumentNullException.ThrowIfNull(pages);
        _answers = [];
        foreach (ReadOnlyMemory<Entry> page in pages)
        {
            foreach (Entry entry in page.Span)
                Add(entry);
        }
        ApplyCommands();
        return new AppliedInput(pages[^1].Span[^1].Position, _answers);
    }

    /// <summary>Begins from what a core starts from: entries after <see cref="RaftRestore.Applied"/> come next.</summary>
    /// <param name="run">The run of the member that the core stands for: only its own requests are answered.</param>
    /// <param name="restored">What the core starts from.</param>
    public void Begin(long run, RaftRestore restored)
    {
        ArgumentNullException.ThrowIfNull(restored);
        _session = run;
        GoOnAfter(restored.Applied, restored.ConfigurationAt(restored.Applied).Format);
    }

    /// <summary>The machine holds everything up to an entry by other means: what follows comes next.</summary>
    /// <param name="index">The entry.</param>
    /// <param name="format">The log format that is active there.</param>
    public void GoOnAfter(LogIndex index, LogFormat format) =>
        (_applied, _format) = (Mutation.Is(Mutant.AppliedNotTakenOver) ? _applied : index, format);

    void ICommandResults.Begin(int index) => _begun = index;

    bool ICommandResults.IsAwaited(int index) => _ownRequests[index] != 0;

    void ICommandResults.Set(int index, ReadOnlyMemory<byte> result) => _results[index] = result;

    private void Add(Entry entry)
    {
        Invariant.Check(entry.Index == _applied.Next);
        _applied = entry.Index;
        if (entry.Kind == EntryKind.Configuration && ConfigurationCodec.TryDecode(entry.Payload.Span, out Configuration configuration))
            _format = configuration.Format;
        // A witness gets commands without their payloads.
        if (entry.Kind != EntryKind.Command || entry.Payload.IsEmpty)
            return;
        if (!(spoken ?? LogFormatRange.First).Covers(_format))
            throw StopReasons.FormatNotSpoken(self, _format, spoken ?? LogFormatRange.First);
        if (CommandEnvelope.TryOpenAttestation(entry.Payload, out ReadOnlyMemory<byte> from))
        {
            Attest(entry.Position, from);
            return;
        }
        if (!CommandEnvelope.TryOpen(entry.Payload.Span, out NodeId origin, out long run, out long requestId))
        {
            throw new RaftKvException($"Entry {entry.Position} holds no command of a version known here.", WriteOutcome.NotApplied)
            {
                Error = RaftKvError.Faulted,
            };
        }
        _commands.Add(new Command(entry.Position, entry.Payload[CommandEnvelope.HeaderBytes..], _format.Machine));
        _ownRequests.Add(origin == self && run == _session ? requestId : 0);
        _results.Add(default);
    }

    // A log that was begun anew may not hold the configuration from which on slices are named: in which format to hash is not known there.
    private void Attest(LogPosition position, ReadOnlyMemory<byte> from)
    {
        if (attest is null || _format.Library < LibraryFormat.Attestations)
            return;
        ApplyCommands();
        attest(position, from, _format.Machine);
    }

    // All that were collected; their answers join those of the call.
    private void ApplyCommands()
    {
        if (_commands.Count == 0)
            return;
        _begun = -1;
        try
        {
            machine.Apply(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_commands), this);
        }
        catch (Exception e)
        {
            throw new RaftKvException($"The machine failed to apply {Named()}: {e.Message}", WriteOutcome.NotApplied, null, e)
            {
                Error = RaftKvError.Faulted,
            };
        }
        CollectAnswers();
        _commands.Clear();
        _ownRequests.Clear();
        _results.Clear();
    }

    // The batch is not tried again command by command: what the machine has done of it, it alone knows.
    private string Named()
    {
        if (_commands.Count == 1)
            return $"entry {_commands[0].Position}";
        if (_begun < 0 || _begun >= _commands.Count)
            return $"the entries {_commands[0].Position} to {_commands[^1].Position}";
        return $"entry {_commands[_begun].Position}, command {_begun + 1} of {_commands.Count} in its batch";
    }

    private int Source(int command) => Mutation.Is(Mutant.ResultToNeighbour) ? (command + 1) % _commands.Count : command;

    private void CollectAnswers()
    {
        _answers.EnsureCapacity(_answers.Count + _ownRequests.Count(static request => request != 0));
        for (int i = 0; i < _commands.Count; i++)
        {
            if (_ownRequests[i] != 0)
                _answers.Add(new ProposalAnswer(_ownRequests[i], new CommandResult(_commands[i].Position, _results[Source(i)])));
        }
    }
}
