using RaftKv.Raft;
using RaftKv.Storage.Mvcc;
using RaftKv.Testing.World;

namespace RaftKv.Testing.Stores;

/// <summary>A read of a member's store that stays open while the store goes on, and must show the same all the time.</summary>
internal sealed class HeldView(SimulatedNode node, MvccStore store) : IDisposable
{
    private readonly MvccReadTransaction _view = store.BeginRead();
    private readonly long _boot = node.Boot;
    private uint? _hash;
    private bool _isDisposed;

    /// <summary>Whose store it is.</summary>
    public NodeId Member => node.Id;

    /// <summary>Whether the member's process is still the one that the read began in.</summary>
    public bool IsOpen => !_isDisposed && node.Boot == _boot;

    /// <summary>Reads everything, if the member's process still runs.</summary>
    /// <exception cref="SimulationException">It is not what it was.</exception>
    public void Look()
    {
        if (!IsOpen)
            return;
        _view.TryHash(0, out uint hash);
        if ((_hash ??= hash) != hash)
            throw new SimulationException($"A reader of member {Member} sees another state at revision {_view.Revision} than before.");
    }

    /// <summary>Ends the read.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        _view.Dispose();
    }
}
