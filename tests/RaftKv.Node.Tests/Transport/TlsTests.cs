using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using RaftKv.Node.Tests.Support;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Raft.Messages;
using RaftKv.Testing.Network;

namespace RaftKv.Node.Tests.Transport;

/// <summary>Source: <see cref="TlsHandshake"/>: who is let in is told by certificates, and nobody else is disturbed.</summary>
public sealed class TlsTests : IAsyncDisposable
{
    private const int RefusedEvent = 23;
    private const int LostEvent = 21;

    private readonly TestAuthority _authority = new();
    private readonly TestAuthority _stranger = new();
    private readonly ReservedPort _nobody = new();
    private readonly List<IAsyncDisposable> _open = [];

    [Fact]
    public async Task Messages_and_states_travel_both_ways()
    {
        PatternSnapshotSource source = new(1, new LogPosition(new Term(1), new LogIndex(9)), 3_000_000);
        TcpMember one = Member(new TcpMember(1) { Certificates = new SettableCertificates(_authority.Issue(1)) });
        TcpMember two = Member(new TcpMember(2) { Certificates = new SettableCertificates(_authority.Issue(2)), Snapshots = source });
        TcpTransport to = two.Start((1, one.Address));
        TcpTransport from = one.Start((2, two.Address));
        PatternSnapshotSink sink = new();
        from.FetchSnapshot(default, new SnapshotOrder(two.Id, new LogPosition(new Term(1), new LogIndex(1)), false), sink);
        await Until.True(() => Arrives(from, 1, two) && Arrives(to, 2, one), "messages arrive both ways");
        Assert.Null(await sink.Ended.WaitAsync(Until.Patience));
        Assert.Empty(two.Log.Lines(RefusedEvent));
    }

    [Theory]
    [InlineData("untrusted", "its certificate does not lead to a trusted root")]
    [InlineData("expired", "its certificate, or one that it leads to, is not valid now")]
    [InlineData("early", "its certificate, or one that it leads to, is not valid now")]
    [InlineData("cluster", "its certificate names raftkv://other/1, not raftkv://orders/1")]
    [InlineData("member", "its certificate names raftkv://orders/3, not raftkv://orders/1")]
    public async Task A_wrong_certificate_is_refused_with_one_line_while_others_go_on(string what, string reason)
    {
        TransportCertificates wrong = what switch
        {
            "untrusted" => With(_stranger.Issue(1)),
            "expired" => _authority.Issue(1, validFromDays: -20, validToDays: -10),
            "early" => _authority.Issue(1, validFromDays: 10, validToDays: 20),
            "cluster" => _authority.Issue(1, "other"),
            _ => _authority.Issue(3),
        };
        (TcpMember two, TcpTransport three) = await PairAsync();
        (Connection? connection, string told) = await ConnectAsync(wrong, two);
        // By TLS 1.3 the client may believe that it is in before the server has judged; then the first answer tells.
        Assert.Null(connection);
        Assert.NotEmpty(told);
        await Until.True(() => two.Log.Lines(RefusedEvent).Length > 0, "the refusal is logged");
        Assert.Contains($": {reason}", Assert.Single(two.Log.Lines(RefusedEvent)), StringComparison.Ordinal);
        int before = two.Received.Messages.Count;
        await Until.True(() => Arrives(three, 3, two) && two.Received.Messages.Count > before, "the others still talk");
    }

    [Fact]
    public async Task A_plain_client_is_told_that_it_does_not_speak_tls()
    {
        (TcpMember two, _) = await PairAsync();
        Connector plain = new(Options(null), () => "");
        (Connection? connection, string told) = await plain.ConnectAsync(two.Id, two.Address, ConnectionPurpose.Messages, default);
        Assert.Null(connection);
        Assert.Equal("it refused us: it does not speak TLS", told);
        await Until.True(() => two.Log.Lines(RefusedEvent).Length > 0, "the refusal is logged");
        Assert.EndsWith(": it does not speak TLS", Assert.Single(two.Log.Lines(RefusedEvent)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_without_a_certificate_is_refused()
    {
        (TcpMember two, _) = await PairAsync();
        using Socket socket = await Loopback.ConnectAsync(two.Address);
        await using NetworkStream plain = new(socket);
        await using System.Net.Security.SslStream tls = new(plain, false, (_, shown, _, _) => shown is not null);
        try
        {
            await tls.AuthenticateAsClientAsync("member");
            await tls.ReadExactlyAsync(new byte[1]).AsTask().WaitAsync(Until.Patience);
        }
        catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException)
        {
            // Refused, as it should be; the log says why.
        }
        await Until.True(() => two.Log.Lines(RefusedEvent).Length > 0, "the refusal is logged");
        Assert.EndsWith(": it showed no certificate", Assert.Single(two.Log.Lines(RefusedEvent)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_member_does_not_talk_to_one_who_shows_anothers_certificate()
    {
        TcpMember impostor = Member(new TcpMember(2) { Certificates = new SettableCertificates(_authority.Issue(3)) });
        impostor.Start((1, impostor.Address));
        (Connection? connection, string told) = await ConnectAsync(_authority.Issue(1), impostor);
        Assert.Null(connection);
        Assert.Equal("its certificate names raftkv://orders/3, not raftkv://orders/2", told);
    }

    [Fact]
    public async Task New_certificates_come_into_use_without_a_restart()
    {
        SettableCertificates ofOne = new(_authority.Issue(1, validFromDays: -20, validToDays: -10));
        TcpMember one = Member(new TcpMember(1) { Certificates = ofOne });
        TcpMember two = Member(new TcpMember(2) { Certificates = new SettableCertificates(_authority.Issue(2)) });
        two.Start((1, one.Address));
        TcpTransport from = one.Start((2, two.Address));
        await Until.True(() => one.Log.Lines(LostEvent).Length > 0, "the expired certificate is refused");
        ofOne.Set(_authority.Issue(1));
        await Until.True(() => Arrives(from, 1, two), "the new one is let in");
    }

    [Fact]
    public void Files_that_change_are_read_again_and_half_written_ones_are_not_used()
    {
        using TestDirectory directory = new();
        string Path(string name) => System.IO.Path.Combine(directory.Path, name);
        RecordingLogger log = new();
        TransportCertificates first = _authority.Issue(1);
        Write(first);
        PemCertificateSource source = new(Path("cert"), Path("key"), Path("roots"), null, log) { LookInterval = TimeSpan.Zero };
        Assert.Equal(first.Certificate.Thumbprint, source.Current().Certificate.Thumbprint);
        Assert.True(source.Current().Certificate.HasPrivateKey);
        File.WriteAllText(Path("cert"), "-----BEGIN CERT");
        Assert.Equal(first.Certificate.Thumbprint, source.Current().Certificate.Thumbprint);
        Assert.Single(log.Lines(25));
        TransportCertificates second = _authority.Issue(1);
        Write(second);
        Assert.Equal(second.Certificate.Thumbprint, source.Current().Certificate.Thumbprint);
        Assert.Equal(_authority.Root.Thumbprint, Assert.Single(source.Current().TrustedRoots).Thumbprint);
        File.Delete(Path("key"));
        RaftKvException missing = Assert.Throws<RaftKvException>(() => new PemCertificateSource(Path("cert"), Path("key"), Path("roots")));
        Assert.Contains(Path("key"), missing.Message, StringComparison.Ordinal);

        void Write(TransportCertificates certificates)
        {
            File.WriteAllText(Path("cert"), certificates.Certificate.ExportCertificatePem());
            File.WriteAllText(Path("key"), certificates.Certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
            File.WriteAllText(Path("roots"), _authority.Root.ExportCertificatePem());
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable member in _open)
            await member.DisposeAsync();
        _nobody.Dispose();
        _authority.Dispose();
        _stranger.Dispose();
    }

    private static bool Arrives(TcpTransport from, long id, TcpMember to)
    {
        from.Send(new TimeoutNow { Header = new(default, new NodeId(id), to.Id, new Term(1)) });
        from.Flush();
        return !to.Received.Messages.IsEmpty;
    }

    // Trusts the right root, but shows what another has signed.
    private TransportCertificates With(TransportCertificates shown) =>
        new() { Certificate = shown.Certificate, TrustedRoots = [_authority.Root] };

    // Member 2, which knows members 1 and 3, and member 3's transport, which talks to it.
    private async Task<(TcpMember Two, TcpTransport Three)> PairAsync()
    {
        TcpMember two = Member(new TcpMember(2) { Certificates = new SettableCertificates(_authority.Issue(2)) });
        TcpMember three = Member(new TcpMember(3) { Certificates = new SettableCertificates(_authority.Issue(3)) });
        two.Start((3, three.Address), (1, _nobody.Address));
        TcpTransport transport = three.Start((2, two.Address));
        await Until.True(() => Arrives(transport, 3, two), "the members talk");
        return (two, transport);
    }

    private static TcpTransportOptions Options(ICertificateSource? certificates) => new()
    {
        Self = new NodeId(1),
        ClusterId = "orders",
        Peers = TcpMember.Map(),
        Listener = null!,
        Certificates = certificates,
        Seed = 1,
        HandshakeTimeout = Until.Patience,
    };

    private static Task<(Connection? Connection, string Reason)> ConnectAsync(TransportCertificates shown, TcpMember to) =>
        new Connector(Options(new SettableCertificates(shown)), () => "").ConnectAsync(to.Id, to.Address, ConnectionPurpose.Messages, default);

    private TcpMember Member(TcpMember member)
    {
        _open.Add(member);
        return member;
    }
}
