using System.Buffers;
using System.Threading.Channels;
using RaftKv.Raft;
using RaftKv.Raft.Messages;

namespace RaftKv.Testing.Network;

/// <summary>What one member sends to another: a bounded queue and the task that empties it. What does not fit is dropped.</summary>
internal sealed class MemoryLink(MemoryNetwork network, MemoryTransport from, NodeId to)
{
    private const int Bound = 4096;

    private readonly Channel<Func<MemoryTransport, CancellationToken, ValueTask>> _queue =
        Channel.CreateBounded<Func<MemoryTransport, CancellationToken, ValueTask>>(new BoundedChannelOptions(Bound) { SingleReader = true });

    public void Send(Message message)
    {
        // Every message crosses the wire format, so that what one side may change the other does not see.
        ArrayBufferWriter<byte> wire = new();
        MessageCodec.Write(message, wire);
        if (MessageCodec.TryRead(wire.WrittenSpan, out Message? read) != OperationStatus.Done)
            throw new TransportFaultException("A message that was written could not be read back.");
        bool isQueued = _queue.Writer.TryWrite((member, stopping) => member.Receiver.ReceiveAsync([read!], stopping));
        if (!isQueued)
            from.Receiver.PeerUnreachable(to);
    }

    /// <summary>Queues what is told beside messages; lost when there is no room.</summary>
    public void Post(Action<MemoryTransport> tell) => _queue.Writer.TryWrite((member, _) =>
    {
        tell(member);
        return ValueTask.CompletedTask;
    });

    /// <summary>Ends the task; what waits is dropped.</summary>
    public void Close()
    {
        _queue.Writer.TryComplete();
        while (_queue.Reader.TryRead(out _))
        {
            // Dropped.
        }
    }

    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            await foreach (Func<MemoryTransport, CancellationToken, ValueTask> deliver
                in _queue.Reader.ReadAllAsync(stopping).ConfigureAwait(false))
            {
                if (network.Find(from.Self, to) is { } member)
                    await deliver(member, stopping).ConfigureAwait(false);
                else
                    from.Receiver.PeerUnreachable(to);
            }
        }
        catch (OperationCanceledException)
        {
            // The sender stops.
        }
    }
}
