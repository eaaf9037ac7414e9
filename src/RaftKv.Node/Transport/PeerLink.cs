using System.Net;
using RaftKv.Raft;

namespace RaftKv.Node.Transport;

/// <summary>A peer's sender with the task that runs it, which ends with the link or with the transport.</summary>
internal sealed class PeerLink(NodeId peer, EndPoint address, PeerSender sender)
{
    private CancellationTokenSource? _ending;
    private Task _running = Task.CompletedTask;

    public NodeId Peer => peer;

    public EndPoint Address => address;

    public PeerSender Sender => sender;

    public void Start(CancellationToken stopping)
    {
        _ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        CancellationToken token = _ending.Token;
        _running = Task.Run(() => sender.RunAsync(token), CancellationToken.None);
    }

    public async Task StopAsync()
    {
        if (_ending is null)
            return;
        await _ending.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _ending.Dispose();
    }
}
