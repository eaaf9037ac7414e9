using RaftKv.Node.Driver;
using RaftKv.Node.Persistence;
using RaftKv.Node.Telemetry;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;
using RaftKv.Storage.Wal;

namespace RaftKv.Node.Workers;

/// <summary>One group's door to the log that all groups share. The disk's thread owns what is being written.</summary>
internal sealed class GroupLogSink(
    DiskWorker disk,
    EntryStore store,
    ITransport transport,
    ReadRoom room,
    CommitTimer timer,
    StatusBoard board,
    Action<NodeInput> answer,
    Action<Exception> failed) : ILogSink
{
    private readonly List<Ready> _readys = [];
    private readonly PeerReads _peerReads = new(disk.Pace);

    public void Persist(Ready ready)
    {
        timer.Handed(ready);
        disk.Persist(this, ready);
    }

    public void Release(LogIndex through) => disk.Do(this, () => answer(new ReleasedInput(store.Release(through))));

    public void BeginInstall(LogPosition position, Configuration configuration) => disk.Do(this, () =>
    {
        store.Replacement.Begin(position, configuration);
        answer(new InstallBegunInput());
    });

    public void EndInstall() => disk.Do(this, () =>
    {
        store.Replacement.End();
        answer(new InstallEndedInput());
    });

    public void Doubt() => disk.Do(this, store.Repair.Doubt);

    public void Distrust() => disk.Do(this, () =>
    {
        store.Replacement.Distrust();
        answer(new StateDistrustedInput(store.Base));
    });

    public void Trust() => disk.Do(this, store.Replacement.Trust);

    // Beside a write the log could change between what is read of it.
    public void Serve(NodeId to, RepairAsk ask) => disk.Do(this, () =>
    {
        transport.SendRepair(to, store.Repair.Serve(ask));
        transport.Flush();
    });

    public void Mend(ReadOnlyMemory<Entry> entries) => disk.Do(this, () =>
    {
        store.Repair.Mend(entries.Span);
        board.Mended(entries.Length);
        answer(new RepairDoneInput(store.Repair.Damage));
    });

    public void ReleaseDamage(LogPosition machine) => disk.Do(this, () =>
    {
        store.Repair.TryRelease(machine);
        answer(new RepairDoneInput(store.Repair.Damage));
    });

    public void BeginAnew(LogPosition machine) => disk.Do(this, () =>
    {
        string lost = store.Repair.Damage.Places;
        board.BegunAnew(lost, store.Repair.BeginAnew(HostParts.RandomNumber(), machine));
        answer(new RepairDoneInput(store.Repair.Damage));
    });

    // Reading back must not wait behind flushes, so it runs on the pool. The core asks for one range per peer and one to apply, and with
    // every heartbeat again for what has not come.
    public void Read(LogRange range)
    {
        bool isForPeer = IsForPeer(range);
        if (!isForPeer || _peerReads.TryBegin(range.First))
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                static job => _ = job.Sink.ReadAsync(job.Range, job.IsForPeer),
                (Sink: this, Range: range, IsForPeer: isForPeer),
                preferLocal: false);
        }
    }

    /// <summary>Takes a Ready into the write being formed; true for the first one.</summary>
    public bool Take(Ready ready)
    {
        _readys.Add(ready);
        return _readys.Count == 1;
    }

    public void Stage(WalBatch batch) => store.Stage(_readys, batch);

    /// <summary>Sends what the write promises, now that it is durable.</summary>
    public void SendPromises(ITransport transport)
    {
        foreach (Ready ready in _readys)
        {
            foreach (Message message in ready.SendAfterPersist.Span)
                transport.Send(message);
        }
    }

    /// <summary>The write is durable and its promises have left.</summary>
    public void Written()
    {
        long last = _readys[^1].Number;
        _readys.Clear();
        answer(new PersistedInput(last));
    }

    // What cannot be read is this group's alone.
    private async Task ReadAsync(LogRange range, bool isForPeer)
    {
        await room.EnterAsync(isForPeer).ConfigureAwait(false);
        long bytes = 0;
        try
        {
            ReadOnlyMemory<Entry> entries = store.Read(range with { BytesMax = Math.Min(range.BytesMax, room.PageBytes) });
            bytes = BytesOf(entries.Span);
            room.Hold(bytes);
            if (isForPeer)
                await _peerReads.EndAsync(range.First, bytes).ConfigureAwait(false);
            answer(new LogReadInput(range, entries));
        }
        catch (Exception e)
        {
            failed(e);
        }
        finally
        {
            room.Leave(isForPeer, bytes);
        }
    }

    // What the own machine has applied is read for others.
    private bool IsForPeer(LogRange range) => board.Status is { Raft.Role: Role.Leader } status && range.First <= status.Applied;

    private static long BytesOf(ReadOnlySpan<Entry> entries)
    {
        long bytes = 0;
        foreach (Entry entry in entries)
            bytes += entry.Payload.Length;
        return bytes;
    }
}
