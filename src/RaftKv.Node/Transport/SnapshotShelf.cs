using RaftKv.Raft;

namespace RaftKv.Node.Transport;

/// <summary>The states that are open, at most one for each member and group; one that nobody uses is closed after a time.</summary>
internal sealed class SnapshotShelf(ISnapshotSource source, int openMax, TimeSpan keepTime, TimeProvider time) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly SortedList<(NodeId Peer, GroupId Group), Place> _places = [];

    /// <summary>
    /// Finds the state that a member began to take, or opens the newest; null when there is none. The caller owns it until another
    /// connection of the same member asks.
    /// </summary>
    /// <exception cref="SnapshotRefusedException">As many are in use as may be.</exception>
    public SnapshotSession? Open(NodeId peer, SnapshotRequest request, object owner)
    {
        lock (_lock)
        {
            if (_places.TryGetValue((peer, request.Group), out Place? place))
            {
                SnapshotSession kept = place.Session;
                if (request.Held.Bytes > 0 && kept.Description.Id == request.Held.Id && kept.Description.Position >= request.AtLeast)
                {
                    place.Expiry?.Dispose();
                    place.Owner = owner;
                    kept.TakeOver(owner);
                    return kept;
                }
                Remove((peer, request.Group), place);
            }
            MakeRoom();
            ISnapshotReader? opened = source.Open(request.Group, request.AtLeast);
            if (opened is null)
                return null;
            SnapshotSession session = new(opened);
            session.TakeOver(owner);
            _places.Add((peer, request.Group), new Place(session, owner));
            return session;
        }
    }

    /// <summary>A connection broke; the state is kept for a while, unless another connection has taken it over.</summary>
    public void Keep(NodeId peer, GroupId group, object owner)
    {
        lock (_lock)
        {
            if (!_places.TryGetValue((peer, group), out Place? place) || place.Owner != owner)
                return;
            place.Owner = null;
            place.Expiry?.Dispose();
            place.Expiry = time.CreateTimer(_ => Expire((peer, group), place), null, keepTime, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>The state has arrived whole: it is closed.</summary>
    public void Close(NodeId peer, GroupId group, object owner)
    {
        lock (_lock)
        {
            if (_places.TryGetValue((peer, group), out Place? place) && place.Owner == owner)
                Remove((peer, group), place);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (Place place in _places.Values)
                place.Dispose();
            _places.Clear();
        }
    }

    private void Expire((NodeId Peer, GroupId Group) key, Place place)
    {
        lock (_lock)
        {
            if (place.Owner is null && _places.TryGetValue(key, out Place? present) && present == place)
                Remove(key, place);
        }
    }

    // States that wait for their member make room for one that is asked for now.
    private void MakeRoom()
    {
        if (_places.Count < openMax)
            return;
        foreach (((NodeId, GroupId) key, Place place) in _places)
        {
            if (place.Owner is null)
            {
                Remove(key, place);
                return;
            }
        }
        throw new SnapshotRefusedException($"{openMax} states are being sent already");
    }

    private void Remove((NodeId Peer, GroupId Group) key, Place place)
    {
        _places.Remove(key);
        place.Dispose();
    }

    private sealed class Place(SnapshotSession session, object? owner) : IDisposable
    {
        public SnapshotSession Session { get; } = session;

        public object? Owner { get; set; } = owner;

        public ITimer? Expiry { get; set; }

        public void Dispose()
        {
            Expiry?.Dispose();
            Session.Dispose();
        }
    }
}
