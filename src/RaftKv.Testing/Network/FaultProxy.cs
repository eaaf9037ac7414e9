using System.Net;
using System.Net.Sockets;
using RaftKv.Raft;

namespace RaftKv.Testing.Network;

/// <summary>
/// Stands before a TCP port and passes bytes on both ways, as badly as it is told: late, damaged, with gaps, one way only, or not at
/// all. Real sockets and real time; what happens when is not repeatable, only how bytes are damaged.
/// </summary>
public sealed class FaultProxy : IAsyncDisposable
{
    private const int PieceBytes = 16 * 1024;

    private readonly EndPoint _target;
    private readonly TimeProvider _time;
    private readonly SplittableRandom _random;
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private readonly List<Socket> _open = [];
    private readonly List<Task> _tasks = [];
    private TaskCompletionSource _changed = NewSignal();
    private ProxyFaults _faults = ProxyFaults.None;
    private long _damaged;
    private long _passed;

    /// <summary>Begins to listen on a port of 127.0.0.1 that the system chooses.</summary>
    /// <param name="target">Where bytes are passed on to.</param>
    /// <param name="seed">Draws which pieces are damaged, and how.</param>
    /// <param name="time">Where time comes from; default <see cref="TimeProvider.System"/>.</param>
    public FaultProxy(EndPoint target, ulong seed, TimeProvider? time = null)
    {
        _target = target;
        _time = time ?? TimeProvider.System;
        _random = new SplittableRandom(seed);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        Run(AcceptAsync);
    }

    /// <summary>Where to connect instead of the target.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>What is done to bytes from now on, those under way included.</summary>
    public ProxyFaults Faults
    {
        get
        {
            lock (_lock)
                return _faults;
        }
        set
        {
            TaskCompletionSource changed;
            lock (_lock)
            {
                _faults = value;
                (changed, _changed) = (_changed, NewSignal());
            }
            changed.SetResult();
        }
    }

    /// <summary>Pieces that were damaged or left out.</summary>
    public long Damaged => Interlocked.Read(ref _damaged);

    /// <summary>Bytes that were passed on, both ways.</summary>
    public long PassedBytes => Interlocked.Read(ref _passed);

    /// <summary>Breaks every connection; new ones may be opened.</summary>
    public void Break()
    {
        lock (_lock)
        {
            foreach (Socket socket in _open)
                socket.Dispose();
            _open.Clear();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        Break();
        Task[] tasks;
        lock (_lock)
            tasks = [.. _tasks];
        await Task.WhenAll(tasks).ConfigureAwait(false);
        _stopping.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Run(Func<Task> work)
    {
        lock (_lock)
        {
            _tasks.RemoveAll(task => task.IsCompleted);
            _tasks.Add(Task.Run(async () =>
            {
                try
                {
                    await work().ConfigureAwait(false);
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
                {
                    // A connection that ends; the other side notices by itself.
                }
            }));
        }
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket near = await _listener.AcceptAsync(_stopping.Token).ConfigureAwait(false);
            Run(() => ConnectAsync(near));
        }
    }

    private async Task ConnectAsync(Socket near)
    {
        using Socket nearOwned = near;
        using Socket far = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        lock (_lock)
            _open.AddRange([near, far]);
        try
        {
            await far.ConnectAsync(_target, _stopping.Token).ConfigureAwait(false);
            Task there = PassAsync(near, far, static faults => faults.StallsThere);
            Task back = PassAsync(far, near, static faults => faults.StallsBack);
            // Either end closes both.
            await (await Task.WhenAny(there, back).ConfigureAwait(false)).ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
                _open.RemoveAll(socket => socket == near || socket == far);
        }
    }

    private async Task PassAsync(Socket from, Socket to, Func<ProxyFaults, bool> stalls)
    {
        try
        {
            byte[] piece = new byte[PieceBytes];
            while (true)
            {
                int count = await from.ReceiveAsync(piece, SocketFlags.None, _stopping.Token).ConfigureAwait(false);
                if (count == 0)
                    return;
                ProxyFaults faults = await WhileStalledAsync(stalls).ConfigureAwait(false);
                if (faults.Delay > TimeSpan.Zero)
                    await Task.Delay(faults.Delay, _time, _stopping.Token).ConfigureAwait(false);
                if (Damage(piece.AsSpan(0, count), faults))
                    continue;
                Interlocked.Add(ref _passed, count);
                for (int sent = 0; sent < count;)
                    sent += await to.SendAsync(piece.AsMemory(sent, count - sent), SocketFlags.None, _stopping.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The connection ends.
        }
    }

    private async Task<ProxyFaults> WhileStalledAsync(Func<ProxyFaults, bool> stalls)
    {
        while (true)
        {
            ProxyFaults faults;
            Task changed;
            lock (_lock)
                (faults, changed) = (_faults, _changed.Task);
            if (!stalls(faults))
                return faults;
            await changed.WaitAsync(_stopping.Token).ConfigureAwait(false);
        }
    }

    // True when the piece is to be left out.
    private bool Damage(Span<byte> piece, ProxyFaults faults)
    {
        lock (_lock)
        {
            if (_random.Chance(faults.DropChance))
            {
                _damaged++;
                return true;
            }
            if (!_random.Chance(faults.DamageChance))
                return false;
            _damaged++;
            piece[_random.Next(piece.Length)] ^= (byte)(1 << _random.Next(8));
            return false;
        }
    }
}
