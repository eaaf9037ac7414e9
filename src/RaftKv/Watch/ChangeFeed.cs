using System.Runtime.CompilerServices;
using RaftKv.Commands;
using RaftKv.Storage.Mvcc;

namespace RaftKv.Watch;

/// <summary>
/// Follows the changes of a range: pulls them from the store's history from its next revision on, and waits for the signal when
/// there are none. Nothing is queued for it, so a slow consumer costs no memory and misses nothing.
/// </summary>
internal sealed class ChangeFeed(StoreReader reader, RevisionSignal signal, KeyRange keys, WatchOptions options)
{
    // Fixed when the watch is asked for: a change made between that and the first wait for it is not missed.
    private readonly long _from = options.FromRevision == 0
        ? signal.Revision + 1
        : options.FromRevision + (Mutation.Is(Mutant.WatchResumesLate) ? 1 : 0);

    /// <param name="cancellationToken">Ends the feed with <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="CompactedException">The next revision is no longer in the history.</exception>
    public async IAsyncEnumerable<WatchBatch> FollowAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long next = _from;
        while (true)
        {
            if (await signal.ReachAsync(next, cancellationToken).ConfigureAwait(false) is { } closedBy)
                throw closedBy;
            ChangeBatch pulled = Pull(next);
            if (pulled.Status == RevisionStatus.Compacted)
                throw new CompactedException(next, pulled.CompactedRevision);
            next = pulled.NextRevision;
            WatchEvent[] events = [.. Caught(pulled.Changes).Where(IsWanted).Select(Queries.Event)];
            if (events.Length > 0)
                yield return new WatchBatch { Revision = next - 1, Events = events };
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private ChangeBatch Pull(long next) => reader.Read(snapshot => snapshot.ReadChanges(new ChangeQuery
    {
        FromRevision = next,
        Key = Queries.Start(keys),
        RangeEnd = Queries.End(keys),
        WithPrevious = options.IncludePrevious,
        BytesMax = options.BatchBytesMax,
    }));

    private static IEnumerable<StoreChange> Caught(IReadOnlyList<StoreChange> changes) =>
        Mutation.Is(Mutant.WatchDropsWhatItCatchesUp) && changes.Count > 2 ? changes.Skip(1) : changes;

    private bool IsWanted(StoreChange change) => change.Kind == ChangeKind.Put ? !options.ExcludePuts : !options.ExcludeDeletes;
}
