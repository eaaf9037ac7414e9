using RaftKv.Node;
using RaftKv.Raft;
using RaftKv.Storage.Disk;

namespace RaftKv.Samples.CustomStateMachine;

/// <summary>
/// A bank ledger as a replicated state machine: balances in memory, changed by <see cref="Transfer"/>, and a checkpoint file from
/// which a member starts, so that the log need not be kept for ever.
/// </summary>
/// <remarks>
/// Everything follows from the commands and their order, nothing from clocks, chance or the machine it runs on: so all members hold
/// the same balances. Readers lock, for the node applies on a thread of its own.
/// </remarks>
internal sealed class LedgerMachine : ISnapshotMachine, IAttestedMachine
{
    public const int Accounts = 8;
    public const long OpeningBalance = 100;

    private static readonly byte[] Done = [1];
    private static readonly byte[] Refused = [0];

    private readonly Lock _lock = new();
    private readonly long[] _balances = new long[Accounts];
    private readonly LedgerFile _file;
    private readonly int _transfersPerCheckpoint;
    private int _sinceCheckpoint;

    /// <summary>Opens the ledger in a member's directory, from its last checkpoint if there is one.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="transfersPerCheckpoint">How many transfers are applied between two checkpoints.</param>
    /// <param name="forgetsFlush">Plants a bug for the simulator to find: see <see cref="LedgerFile"/>.</param>
    public LedgerMachine(IStorageDirectory directory, int transfersPerCheckpoint = 1000, bool forgetsFlush = false)
    {
        _transfersPerCheckpoint = transfersPerCheckpoint;
        _file = new LedgerFile(directory, forgetsFlush);
        Array.Fill(_balances, OpeningBalance);
        if (_file.Load(Accounts) is { } checkpoint)
            Take(checkpoint);
    }

    public LogPosition Applied { get; private set; }

    public LogPosition Durable { get; private set; }

    public bool CheckpointDue => _sinceCheckpoint >= _transfersPerCheckpoint;

    // Each command is decoded while it is applied, so the node may use its memory again.
    public bool KeepsCommands => false;

    public void Apply(ReadOnlySpan<Command> commands, ICommandResults results)
    {
        lock (_lock)
        {
            for (int i = 0; i < commands.Length; i++)
            {
                results.Begin(i);
                results.Set(i, Transfer.Decode(commands[i].Payload.Span) is { } transfer && Move(transfer) ? Done : Refused);
            }
            Applied = commands[^1].Position;
            _sinceCheckpoint += commands.Length;
        }
    }

    public void Checkpoint()
    {
        _file.Save(State());
        Durable = Applied;
        _sinceCheckpoint = 0;
    }

    // So that members compare their ledgers, and one that differs is found. The position is in it: equal places, equal balances.
    public IMachineSlice OpenSlice(ReadOnlyMemory<byte> from, int format) => new WholeSlice(State().Encode());

    // So that it is rebuilt then, or brought up to date after a long absence, from another member's ledger.
    public IMachineSnapshot OpenSnapshot() => new LedgerSnapshot(State());

    public IMachineReceiver BeginReceive() => new LedgerReceiver(state =>
    {
        _file.Save(state);
        Take(state);
    });

    /// <summary>All balances at one moment.</summary>
    public long[] Audit()
    {
        lock (_lock)
            return [.. _balances];
    }

    private LedgerState State() => new(Applied, Audit());

    private void Take(LedgerState state)
    {
        lock (_lock)
        {
            state.Balances.CopyTo(_balances, 0);
            Applied = Durable = state.Position;
            _sinceCheckpoint = 0;
        }
    }

    private bool Move(Transfer transfer)
    {
        if (transfer.From is < 0 or >= Accounts || transfer.To is < 0 or >= Accounts || transfer.Amount < 1
            || _balances[transfer.From] < transfer.Amount)
        {
            return false;
        }
        _balances[transfer.From] -= transfer.Amount;
        _balances[transfer.To] += transfer.Amount;
        return true;
    }
}
