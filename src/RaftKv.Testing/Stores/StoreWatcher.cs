using RaftKv.Testing.Histories;
using RaftKv.Testing.Scenarios;
using RaftKv.Testing.World;
using RaftKv.Watch;

namespace RaftKv.Testing.Stores;

/// <summary>
/// A client that follows every change, through one member after the other: where a watch ends, for whatever reason, it resumes.
/// </summary>
internal sealed class StoreWatcher(string name, KeyValueWorkload workload, long pauseMicros)
{
    // A batch of the least size, so that catching up takes several.
    private const int BatchBytes = 1024;
    private const long RetryMicros = 50_000;

    /// <summary>The next revision it waits for.</summary>
    public long Next { get; private set; } = 2;

    public async Task FollowAsync(SimulatedNode node)
    {
        while (true)
        {
            if (node.IsWorking)
                await WatchAsync(workload.Store(node), workload.Trust(node)).ConfigureAwait(false);
            await workload.PauseAsync(RetryMicros).ConfigureAwait(false);
            node = workload.After(node);
        }
    }

    private async Task WatchAsync(KeyValueStore store, StateTrust trust)
    {
        if (!trust.IsGiven)
            return;
        workload.Record(at => new WatchStarted(at, name, Next));
        WatchOptions options = new() { FromRevision = Next, BatchBytesMax = BatchBytes };
        try
        {
            await foreach (WatchBatch batch in store.WatchAsync(KeyRange.All, options).ConfigureAwait(false))
            {
                if (!trust.IsGiven)
                    return;
                workload.Record(at => new WatchDelivered(at, name, batch.Revision, [.. StoreCalls.Changes(batch)]));
                Next = batch.Revision + 1;
                if (pauseMicros > 0)
                    await workload.PauseAsync(workload.Draw(pauseMicros)).ConfigureAwait(false);
            }
        }
        catch (Exception refused) when (!trust.IsGiven && refused is not SimulationException)
        {
            // It goes on elsewhere.
        }
        catch (CompactedException compacted)
        {
            workload.Record(at => new WatchRefused(at, name, compacted.CompactedRevision));
            Next = compacted.CompactedRevision + 1;
        }
        catch (RaftKvException)
        {
            // The member went down or stopped: the watch goes on elsewhere.
        }
        catch (ObjectDisposedException)
        {
            // The member's store was closed, as a host does before it opens it again.
        }
    }
}
