using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RaftKv.Node.Transport;
using RaftKv.Raft;

namespace RaftKv.Node.Tests.Support;

/// <summary>A root that signs certificates of members, made for one test.</summary>
internal sealed class TestAuthority : IDisposable
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TestAuthority()
    {
        CertificateRequest request = new("CN=test root", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        Root = request.CreateSelfSigned(DateTimeOffset.UtcNow - 1000 * Day, DateTimeOffset.UtcNow + 1000 * Day);
    }

    public X509Certificate2 Root { get; }

    /// <summary>What a member shows and trusts.</summary>
    public TransportCertificates Issue(long member, string cluster = "orders", int validFromDays = -1, int validToDays = 1) => new()
    {
        Certificate = Sign(TransportCertificates.UriOf(cluster, new NodeId(member)), validFromDays, validToDays),
        TrustedRoots = [Root],
    };

    public void Dispose()
    {
        Root.Dispose();
        _key.Dispose();
    }

    private X509Certificate2 Sign(string uri, int validFromDays, int validToDays)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=member", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName("member.example");
        names.AddUri(new Uri(uri));
        request.CertificateExtensions.Add(names.Build());
        byte[] serial = RandomNumberGenerator.GetBytes(8);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using X509Certificate2 signed = request.Create(Root, now + validFromDays * Day, now + validToDays * Day, serial);
        return signed.CopyWithPrivateKey(key);
    }
}
