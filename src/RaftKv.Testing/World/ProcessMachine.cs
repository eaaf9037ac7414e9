using RaftKv.Node;
using RaftKv.Node.Driver;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Storage;

namespace RaftKv.Testing.World;

/// <summary>What a simulated process does with its machine: applies, after a time, puts states in its place, gives and compares them.</summary>
internal sealed class ProcessMachine(
    SimulatedCluster cluster, SimulatedNode node, SimulatedProcess process, IStateMachine machine, SplittableRandom random)
    : IApplySink, ISnapshotSource
{
    private readonly List<ReadOnlyMemory<Entry>> _toApply = [];
    private CommandApplier? _applier;
    private IMachineReceiver? _receiver;
    private (LogPosition Position, LogFormat Format, bool HasState)? _toInstall;
    private int _installs;
    private bool _isApplying;

    /// <summary>A driver begins: its proposals are answered from now on, and no others.</summary>
    public void Begin(long session, RaftRestore restored)
    {
        _applier = new CommandApplier(
            new WatchedMachine(machine, node, cluster.Checks),
            node.Id,
            session,
            restored.Applied,
            node.Speaks,
            machine is IAttestedMachine attested ? Attest(attested) : null);
        _applier.Begin(session, restored);
    }

    public void Apply(ReadOnlyMemory<Entry> entries)
    {
        _toApply.Add(entries);
        ScheduleApply();
    }

    public ISnapshotSink? Receive(long fetch)
    {
        if (machine is not ISnapshotMachine replaceable)
            return null;
        _receiver?.Dispose();
        _receiver = replaceable.BeginReceive();
        return new SnapshotIntake(_receiver, fetch, process.Input);
    }

    public void Install(LogPosition position, LogFormat format, bool hasState)
    {
        _toInstall = (position, format, hasState);
        ScheduleApply();
    }

    public ISnapshotReader? Open(GroupId group, LogPosition atLeast)
    {
        ISnapshotMachine given = (ISnapshotMachine)machine;
        IMachineSnapshot snapshot = given.OpenSnapshot();
        if (snapshot.Position.Index < atLeast.Index && given.Applied.Index >= atLeast.Index)
        {
            snapshot.Dispose();
            given.Checkpoint();
            process.Input(new CheckpointedInput(given.Durable));
            snapshot = given.OpenSnapshot();
        }
        SimulatedSnapshot served = new(snapshot, (long)random.NextUInt64(), process.Input);
        process.Input(served);
        if (served.IsAdmitted && snapshot.Position.Index >= atLeast.Index)
            return served;
        served.Dispose();
        return null;
    }

    private void ScheduleApply()
    {
        if (_isApplying)
            return;
        _isApplying = true;
        process.Schedule(Math.Max(1, node.Conditions.DiskMicrosMax / 4), ApplyNow);
    }

    private void ApplyNow()
    {
        List<ReadOnlyMemory<Entry>> pages = [.. _toApply];
        _toApply.Clear();
        _isApplying = false;
        if (pages.Count > 0)
            Apply(pages);
        if (_toInstall is not { } install || !node.RunsAs(process))
            return;
        _toInstall = null;
        if (install.HasState)
        {
            _receiver!.Install();
            cluster.StateJudged?.Invoke(node, StateVerdict.Replaced);
        }
        cluster.Note(node.Id, "installed", install.Position.Index.Value);
        _applier!.GoOnAfter(install.Position.Index, install.Format);
        _installs++;
        process.Input(new MachineInstalledInput(machine.Durable));
    }

    private void Apply(List<ReadOnlyMemory<Entry>> pages)
    {
        AppliedInput applied = _applier!.Apply(pages);
        cluster.Note(node.Id, "applied", applied.Through.Index.Value);
        cluster.Applied?.Invoke(node);
        process.Input(applied);
        if (machine.CheckpointDue)
        {
            machine.Checkpoint();
            process.Input(new CheckpointedInput(machine.Durable));
        }
    }

    // Worked out at once, for the machine may be replaced before the answer is due.
    private Action<LogPosition, ReadOnlyMemory<byte>, int> Attest(IAttestedMachine attested) => (position, from, format) =>
    {
        AttestedInput answer;
        using (IMachineSlice slice = attested.OpenSlice(from, format))
        {
            try
            {
                answer = new AttestedInput(position, from, slice.Compute());
            }
            catch (StorageCorruptException damage)
            {
                answer = new AttestedInput(position, from, null, damage.Message);
            }
        }
        int installs = _installs;
        process.Schedule(node.Conditions.DiskMicrosMax, () =>
        {
            // It was of the state before.
            if (installs == _installs)
                process.Input(answer);
        });
    };
}
