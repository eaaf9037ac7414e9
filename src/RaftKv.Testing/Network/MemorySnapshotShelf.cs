using RaftKv.Node.Transport;
using RaftKv.Raft;

namespace RaftKv.Testing.Network;

/// <summary>The states that one member has open for others: one for each member and group, kept a while for those who come back.</summary>
internal sealed class MemorySnapshotShelf(ISnapshotSource? source, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan KeepTime = TimeSpan.FromSeconds(60);

    private readonly Lock _lock = new();
    private readonly SortedList<(NodeId Peer, GroupId Group), (ISnapshotReader Reader, long UsedAt)> _open = [];

    /// <summary>Opens the newest state, or finds the one that a member began to take; null when there is none.</summary>
    public SnapshotDescription? Open(NodeId peer, GroupId group, LogPosition atLeast, SnapshotHolding held)
    {
        lock (_lock)
        {
            CloseUnused();
            if (_open.TryGetValue((peer, group), out (ISnapshotReader Reader, long UsedAt) kept))
            {
                SnapshotDescription known = kept.Reader.Description;
                if (held.Bytes > 0 && known.Id == held.Id && known.Position.Index >= atLeast.Index)
                    return known;
                Close(peer, group);
            }
            ISnapshotReader? opened = source?.Open(group, atLeast);
            if (opened is not null)
                _open.Add((peer, group), (opened, time.GetTimestamp()));
            return opened?.Description;
        }
    }

    /// <summary>Reads; null when the state is not open any more.</summary>
    public int? Read(NodeId peer, GroupId group, long id, long offset, Span<byte> destination)
    {
        lock (_lock)
        {
            if (!_open.TryGetValue((peer, group), out (ISnapshotReader Reader, long UsedAt) place) || place.Reader.Description.Id != id)
                return null;
            _open[(peer, group)] = (place.Reader, time.GetTimestamp());
            return place.Reader.Read(offset, destination);
        }
    }

    public void Close(NodeId peer, GroupId group)
    {
        lock (_lock)
        {
            if (_open.Remove((peer, group), out (ISnapshotReader Reader, long UsedAt) place))
                place.Reader.Dispose();
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach ((ISnapshotReader reader, _) in _open.Values)
                reader.Dispose();
            _open.Clear();
        }
    }

    private void CloseUnused()
    {
        foreach (((NodeId peer, GroupId group), (_, long usedAt)) in _open.ToList())
        {
            if (time.GetElapsedTime(usedAt) >= KeepTime)
                Close(peer, group);
        }
    }
}
