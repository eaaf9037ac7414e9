using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Testing.World;

namespace RaftKv.Testing.Network;

/// <summary>The states that simulated members have open for others, closed a while after the last of their bytes was read.</summary>
internal sealed class SimulatedSnapshotShelf(EventQueue events)
{
    private const long KeepMicros = 60_000_000;

    private readonly SortedList<(NodeId From, NodeId To, GroupId Group), (ISnapshotReader Reader, long UsedAt)> _open = [];

    public ISnapshotReader? Find(NodeId from, NodeId to, GroupId group)
    {
        if (!_open.TryGetValue((from, to, group), out (ISnapshotReader Reader, long UsedAt) place))
            return null;
        _open[(from, to, group)] = (place.Reader, events.NowMicros);
        return place.Reader;
    }

    public void Add(NodeId from, NodeId to, GroupId group, ISnapshotReader reader)
    {
        Close(from, to, group);
        _open.Add((from, to, group), (reader, events.NowMicros));
        ScheduleExpiry((from, to, group), reader);
    }

    public void Close(NodeId from, NodeId to, GroupId group)
    {
        if (_open.Remove((from, to, group), out (ISnapshotReader Reader, long UsedAt) place))
            place.Reader.Dispose();
    }

    /// <summary>The member that had them open has lost its memory.</summary>
    public void Forget(NodeId from)
    {
        foreach ((NodeId From, NodeId To, GroupId Group) key in _open.Keys.Where(key => key.From == from).ToList())
            _open.Remove(key);
    }

    private void ScheduleExpiry((NodeId From, NodeId To, GroupId Group) key, ISnapshotReader reader) =>
        events.After(KeepMicros, () =>
        {
            if (!_open.TryGetValue(key, out (ISnapshotReader Reader, long UsedAt) place) || place.Reader != reader)
                return;
            if (place.UsedAt + KeepMicros <= events.NowMicros)
                Close(key.From, key.To, key.Group);
            else
                ScheduleExpiry(key, reader);
        });
}
