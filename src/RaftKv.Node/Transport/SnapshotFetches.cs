using System.Net;
using RaftKv.Raft;

namespace RaftKv.Node.Transport;

/// <summary>The fetches that are under way: at most one for each group.</summary>
internal sealed class SnapshotFetches(TcpTransportOptions options, Connector connector, Func<NodeId, EndPoint?> addressOf)
    : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly SortedList<GroupId, CancellationTokenSource> _stops = [];
    private readonly TaskSet _tasks = new();
    private bool _disposed;

    public void Start(GroupId group, SnapshotOrder order, ISnapshotSink sink)
    {
        lock (_lock)
        {
            Stop(group);
            if (!_disposed)
            {
                CancellationTokenSource stop = new();
                _stops.Add(group, stop);
                SnapshotFetch fetch = new(options, connector, group, order, sink, addressOf);
                _tasks.Add(Task.Run(() => RunAsync(group, fetch, stop)));
                return;
            }
        }
        sink.Abort("the transport has stopped");
    }

    public void Stop(GroupId group)
    {
        lock (_lock)
        {
            if (_stops.Remove(group, out CancellationTokenSource? stop))
                _ = stop.CancelAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _disposed = true;
            foreach (CancellationTokenSource stop in _stops.Values)
                _ = stop.CancelAsync();
            _stops.Clear();
        }
        await _tasks.WhenAll().ConfigureAwait(false);
    }

    private async Task RunAsync(GroupId group, SnapshotFetch fetch, CancellationTokenSource stop)
    {
        await fetch.RunAsync(stop.Token).ConfigureAwait(false);
        lock (_lock)
        {
            if (_stops.TryGetValue(group, out CancellationTokenSource? present) && present == stop)
                _stops.Remove(group);
        }
    }
}
