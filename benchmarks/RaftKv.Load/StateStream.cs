using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RaftKv.Node.Driver;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;

namespace RaftKv.Load;

/// <summary>A gibibyte of state streams from member to member, plain and by TLS: how fast, and how much memory it takes.</summary>
internal sealed class StateStream : IMeasurement
{
    private const long Mebibyte = 1024 * 1024;
    private const long Length = 1024 * Mebibyte;

    public string Name => "snapshot";

    public async Task<IReadOnlyList<Figure>> RunAsync(LoadOptions options, string directory)
    {
        List<Figure> figures = [];
        foreach (bool secure in new[] { false, true })
        {
            string how = secure ? "by TLS 1.3" : "plain";
            await using Pair pair = new(secure);
            await pair.FetchAsync(64 * Mebibyte);
            GC.Collect();
            long before = Environment.WorkingSet;
            long peak = before;
            await using Timer watch = new(_ => peak = Math.Max(peak, Environment.WorkingSet), null, 0, 10);
            long started = Stopwatch.GetTimestamp();
            await pair.FetchAsync(Length);
            double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            figures.Add(Figure.AtLeast($"a state of 1 GiB streams over loopback, {how}", Length / seconds / 1e6, 400, "MB/s"));
            figures.Add(Figure.Below($"memory that takes, {how}", (peak - before) / (double)Mebibyte, 16, "MiB"));
        }
        return figures;
    }

    private sealed class Pair : ITransportReceiver, ISnapshotSource, IAsyncDisposable
    {
        private readonly byte[] _block = RandomNumberGenerator.GetBytes((int)Mebibyte);
        private readonly TcpTransport _from;
        private readonly TcpTransport _to;
        private long _length;

        public Pair(bool secure)
        {
            Socket[] sockets = [Listen(), Listen()];
            Certificates? certificates = secure ? new Certificates() : null;
            _from = Open(1, sockets, certificates);
            _to = Open(2, sockets, certificates);
        }

        public async Task FetchAsync(long length)
        {
            _length = length;
            Sink sink = new();
            _to.FetchSnapshot(default, new SnapshotOrder(new NodeId(1), default, WithoutState: false), sink);
            if (await sink.Ended.Task is { } reason)
                throw new InvalidOperationException(reason);
        }

        public ISnapshotReader? Open(GroupId group, LogPosition atLeast) => new Reader(_block, _length);

        public ValueTask ReceiveAsync(IReadOnlyList<Message> messages, CancellationToken stopping) => ValueTask.CompletedTask;

        public void PeerApplied(NodeId peer, GroupId group, LogIndex applied)
        {
        }

        public void MembersHeard(NodeId from, MemberNotice notice)
        {
        }

        public void Knocked(NodeId node, EndPoint address)
        {
        }

        public void PeerUnreachable(NodeId peer)
        {
        }

        public async ValueTask DisposeAsync()
        {
            await _to.DisposeAsync();
            await _from.DisposeAsync();
        }

        private static Socket Listen()
        {
            Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            socket.Listen();
            return socket;
        }

        private TcpTransport Open(int self, Socket[] sockets, ICertificateSource? certificates)
        {
            TcpTransport transport = new(
                new TcpTransportOptions
                {
                    Self = new NodeId(self),
                    ClusterId = "load",
                    Peers = new Dictionary<NodeId, EndPoint> { [new NodeId(3 - self)] = sockets[2 - self].LocalEndPoint! },
                    Listener = sockets[self - 1],
                    Seed = (ulong)self,
                    Certificates = certificates,
                    Snapshots = this,
                },
                this);
            transport.Start();
            return transport;
        }
    }

    private sealed class Reader(byte[] block, long length) : ISnapshotReader
    {
        public SnapshotDescription Description { get; } = new()
        {
            Id = length,
            Position = new LogPosition(new Term(1), new LogIndex(1)),
            Configuration = new Configuration([new NodeId(1), new NodeId(2)]),
            Length = length,
        };

        public int Read(long offset, Span<byte> destination)
        {
            int count = (int)Math.Min(destination.Length, length - offset);
            for (int done = 0; done < count;)
            {
                int within = (int)((offset + done) % block.Length);
                int part = Math.Min(count - done, block.Length - within);
                block.AsSpan(within, part).CopyTo(destination[done..]);
                done += part;
            }
            return count;
        }

        public void Dispose()
        {
        }
    }

    private sealed class Sink : ISnapshotSink
    {
        public TaskCompletionSource<string?> Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public SnapshotHolding? Held => null;

        public void ReadBack(long offset, Span<byte> destination) => throw new InvalidOperationException();

        public void Begin(SnapshotDescription description, long offset)
        {
        }

        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
        }

        public void Complete() => Ended.SetResult(null);

        public void Abort(string reason) => Ended.SetResult(reason);
    }

    // One certificate that names both members serves both.
    private sealed class Certificates : ICertificateSource
    {
        private readonly TransportCertificates _certificates;

        public Certificates()
        {
            using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            CertificateRequest request = new("CN=load", key, HashAlgorithmName.SHA256);
            SubjectAlternativeNameBuilder names = new();
            names.AddUri(new Uri(TransportCertificates.UriOf("load", new NodeId(1))));
            names.AddUri(new Uri(TransportCertificates.UriOf("load", new NodeId(2))));
            request.CertificateExtensions.Add(names.Build());
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            X509Certificate2 own = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
            _certificates = new TransportCertificates { Certificate = own, TrustedRoots = [own] };
        }

        public TransportCertificates Current() => _certificates;
    }
}
