using System.Formats.Asn1;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using RaftKv.Raft;

namespace RaftKv.Node.Transport;

/// <summary>
/// Secures a connection: TLS 1.3, both sides show a certificate, each of which must lead to a trusted root, be valid now and name
/// its holder's cluster and number. Does nothing when the transport has no certificates.
/// </summary>
internal sealed class TlsHandshake(TcpTransportOptions options)
{
    private const byte HandshakeRecord = 22;

    /// <summary>Secures a connection that was accepted; returns why it was refused, in words, or null.</summary>
    public async ValueTask<string?> AcceptAsync(Connection connection, CancellationToken token)
    {
        if (options.Certificates is not { } source)
            return null;
        byte? first = await connection.PeekAsync(token).ConfigureAwait(false);
        if (first != HandshakeRecord)
            return first is null ? FrameReader.Describe(FrameStatus.NeedMore) : "it does not speak TLS";
        if (Certificates(source, out string? unusable) is not var (context, policy))
            return unusable;
        Verdict verdict = new();
        SslServerAuthenticationOptions tls = new()
        {
            ServerCertificateContext = context,
            ClientCertificateRequired = true,
            EnabledSslProtocols = SslProtocols.Tls13,
            CertificateChainPolicy = policy,
            RemoteCertificateValidationCallback = verdict.Judge,
            AllowTlsResume = false,
        };
        return await AuthenticateAsync(connection, verdict, stream => stream.AuthenticateAsServerAsync(tls, token)).ConfigureAwait(false);
    }

    /// <summary>Secures a connection to a member, or to nobody in particular; returns why not, in words, or null.</summary>
    public async ValueTask<string?> ConnectAsync(Connection connection, NodeId peer, CancellationToken token)
    {
        if (options.Certificates is not { } source)
            return null;
        if (Certificates(source, out string? unusable) is not var (context, policy))
            return unusable;
        Verdict verdict = new();
        SslClientAuthenticationOptions tls = new()
        {
            ClientCertificateContext = context,
            EnabledSslProtocols = SslProtocols.Tls13,
            CertificateChainPolicy = policy,
            RemoteCertificateValidationCallback = verdict.Judge,
            AllowTlsResume = false,
        };
        string? refused =
            await AuthenticateAsync(connection, verdict, stream => stream.AuthenticateAsClientAsync(tls, token)).ConfigureAwait(false);
        return refused ?? JudgeNames(connection, options.ClusterId, peer);
    }

    /// <summary>
    /// What speaks against a member's certificate, in words; null when it names the member, or any of the cluster when nobody in particular
    /// is meant, or there is no TLS.
    /// </summary>
    public static string? JudgeNames(Connection connection, string clusterId, NodeId member)
    {
        if (connection.PeerNames is not { } names || names.Contains(TransportCertificates.UriOf(clusterId, member)))
            return null;
        string found = names.Count == 0 ? "no member" : string.Join(" and ", names);
        if (member == NodeId.None)
        {
            string cluster = TransportCertificates.UriOfCluster(clusterId);
            return names.Any(name => name.StartsWith(cluster, StringComparison.Ordinal))
                ? null
                : $"its certificate names {found}, nobody of {cluster}";
        }
        return $"its certificate names {found}, not {TransportCertificates.UriOf(clusterId, member)}";
    }

    private static async ValueTask<string?> AuthenticateAsync(Connection connection, Verdict verdict, Func<SslStream, Task> authenticate)
    {
        SslStream stream = connection.BeginTls();
        try
        {
            await authenticate(stream).ConfigureAwait(false);
        }
        catch (AuthenticationException e)
        {
            return verdict.Reason ?? $"the TLS handshake failed: {e.InnerException?.Message ?? e.Message}";
        }
        connection.PeerNames = NamesOf(stream.RemoteCertificate);
        return null;
    }

    // What to show and whom to trust; or why that cannot be had, in words.
    private (SslStreamCertificateContext Context, X509ChainPolicy Policy)? Certificates(ICertificateSource source, out string? reason)
    {
        try
        {
            TransportCertificates certificates = source.Current();
            X509ChainPolicy policy = new()
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
                VerificationTime = options.Time.GetUtcNow().LocalDateTime,
            };
            policy.CustomTrustStore.AddRange(certificates.TrustedRoots);
            reason = null;
            return (SslStreamCertificateContext.Create(certificates.Certificate, certificates.Intermediates, offline: true), policy);
        }
        catch (Exception e)
        {
            reason = $"this member has no certificate to show: {e.Message}";
            return null;
        }
    }

    // The platform reads host names out of this extension, but not URIs.
    private static List<string> NamesOf(X509Certificate? certificate)
    {
        const string AlternativeNames = "2.5.29.17";
        List<string> names = [];
        if ((certificate as X509Certificate2)?.Extensions[AlternativeNames] is not { } extension)
            return names;
        Asn1Tag uri = new(TagClass.ContextSpecific, 6);
        try
        {
            AsnReader reader = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
            while (reader.HasData)
            {
                if (reader.PeekTag() == uri)
                    names.Add(reader.ReadCharacterString(UniversalTagNumber.IA5String, uri));
                else
                    reader.ReadEncodedValue();
            }
        }
        catch (AsnContentException)
        {
            // Whatever was signed there, it names no member.
            names.Clear();
        }
        return names;
    }

    // What the check of the other side's certificate came to. Its host name does not matter: it must name its cluster and number.
    private sealed class Verdict
    {
        public string? Reason { get; private set; }

        public bool Judge(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
        {
            if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable) || certificate is not X509Certificate2 shown)
                Reason = "it showed no certificate";
            else if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
                Reason = Describe(shown, chain);
            return Reason is null;
        }

        // A signature that does not hold is that of another root with the same name.
        private static string Describe(X509Certificate2 shown, X509Chain? chain)
        {
            X509ChainStatusFlags found = X509ChainStatusFlags.NoError;
            foreach (X509ChainStatus status in chain?.ChainStatus ?? [])
                found |= status.Status;
            const X509ChainStatusFlags Untrusted = X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain
                | X509ChainStatusFlags.NotSignatureValid;
            if ((found & Untrusted) != 0)
                return "its certificate does not lead to a trusted root";
            if (found.HasFlag(X509ChainStatusFlags.NotTimeValid))
            {
                return "its certificate, or one that it leads to, is not valid now; its own is from "
                    + $"{shown.NotBefore.ToUniversalTime():u} to {shown.NotAfter.ToUniversalTime():u}";
            }
            return $"its certificate is not good: {found}";
        }
    }
}
