using RaftKv.Node.Driver;
using RaftKv.Node.Persistence;
using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;

namespace RaftKv.Testing.World;

/// <summary>What a simulated process writes to its log: together what came together, after a time, one after the other.</summary>
internal sealed class ProcessLog(
    SimulatedCluster cluster, SimulatedNode node, SimulatedProcess process, EntryStore store, SplittableRandom random) : ILogSink
{
    private readonly List<Ready> _toWrite = [];
    private readonly Queue<Action> _work = new();
    private bool _isWriting;

    /// <summary>Goes on after the disk hung.</summary>
    public void GoOn()
    {
        if (_toWrite.Count > 0 || _work.Count > 0)
            ScheduleWrite();
    }

    public void Persist(Ready ready)
    {
        _toWrite.Add(ready);
        ScheduleWrite();
    }

    public void Release(LogIndex through) => Do(() => process.Input(new ReleasedInput(store.Release(through))));

    public void BeginInstall(LogPosition position, Configuration configuration) => Do(() =>
    {
        node.Installs?.Invoke();
        store.Replacement.Begin(position, configuration);
        process.Input(new InstallBegunInput());
    });

    public void EndInstall() => Do(() =>
    {
        store.Replacement.End();
        process.Input(new InstallEndedInput());
    });

    public void Distrust() => Do(() =>
    {
        store.Replacement.Distrust();
        process.Input(new StateDistrustedInput(store.Base));
    });

    public void Trust() => Do(store.Replacement.Trust);

    public void Doubt() => node.Guard(store.Repair.Doubt);

    public void Serve(NodeId to, RepairAsk ask) => Do(() => cluster.Network.SendRepair(node.Id, to, store.Repair.Serve(ask)));

    public void Mend(ReadOnlyMemory<Entry> entries) => Do(() =>
    {
        store.Repair.Mend(entries.Span);
        cluster.Note(node.Id, "mended", entries.Length);
        process.Input(new RepairDoneInput(store.Repair.Damage));
    });

    public void ReleaseDamage(LogPosition machine) => Do(() =>
    {
        store.Repair.TryRelease(machine);
        process.Input(new RepairDoneInput(store.Repair.Damage));
    });

    public void BeginAnew(LogPosition machine) => Do(() =>
    {
        store.Repair.BeginAnew((long)random.NextUInt64(), machine);
        cluster.Note(node.Id, "begins anew after", machine.Index.Value);
        process.Input(new RepairDoneInput(store.Repair.Damage));
    });

    public void Read(LogRange range) =>
        process.Schedule(node.Conditions.DiskMicrosMax, () => process.Input(new LogReadInput(range, store.Read(range))));

    private void Do(Action work)
    {
        _work.Enqueue(work);
        ScheduleWrite();
    }

    private void ScheduleWrite()
    {
        if (_isWriting || node.Conditions.DiskHangs)
            return;
        _isWriting = true;
        process.Schedule(node.Conditions.DiskMicrosMax, Write);
    }

    private void Write()
    {
        if (node.Conditions.DiskHangs)
        {
            _isWriting = false;
            return;
        }
        List<Ready> readys = [.. _toWrite];
        _toWrite.Clear();
        store.Write(readys);
        cluster.Note(node.Id, "wrote", readys.Count);
        _isWriting = false;
        foreach (Ready ready in readys)
        {
            foreach (Message message in ready.SendAfterPersist.Span)
                cluster.Network.Send(message);
        }
        if (readys.Count > 0)
            process.Input(new PersistedInput(readys[^1].Number));
        for (int works = _work.Count; works > 0 && node.RunsAs(process); works--)
            _work.Dequeue()();
        if (node.RunsAs(process))
            GoOn();
    }
}
