using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using RaftKv.Node.Transport;
using RaftKv.Raft;

namespace RaftKv.Samples.Cluster.Operate;

/// <summary>
/// A folder with an authority and the certificates that it has signed for members: enough to try things. In earnest the authority's key
/// lies elsewhere, and each machine has its own member's files only.
/// </summary>
internal sealed class CertificateFolder(string path)
{
    private const string Authority = "authority";
    private static readonly TimeSpan Validity = TimeSpan.FromDays(365);

    /// <summary>What a member shows, read again when the files change.</summary>
    public static PemCertificateSource Open(string path, int id, ILoggerFactory logging)
    {
        CertificateFolder folder = new(path);
        return new PemCertificateSource(
            folder.File($"node-{id}.pem"), folder.File($"node-{id}.key"), folder.File("trusted.pem"),
            logger: logging.CreateLogger("Certificates"))
        {
            LookInterval = TimeSpan.FromSeconds(1),
        };
    }

    /// <summary>Makes an authority that is trusted beside those before it.</summary>
    public void MakeAuthority()
    {
        Directory.CreateDirectory(path);
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=RaftKv sample authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 certificate = request.CreateSelfSigned(now - TimeSpan.FromHours(1), now + 10 * Validity);
        string before = System.IO.File.Exists(File("trusted.pem")) ? System.IO.File.ReadAllText(File("trusted.pem")) : "";
        Write($"{Authority}.key", key.ExportPkcs8PrivateKeyPem() + "\n");
        Write($"{Authority}.pem", certificate.ExportCertificatePem() + "\n");
        Write("trusted.pem", certificate.ExportCertificatePem() + "\n" + before);
    }

    /// <summary>Trusts the newest authority alone.</summary>
    public void Forget() => Write("trusted.pem", System.IO.File.ReadAllText(File($"{Authority}.pem")));

    /// <summary>Makes a key and a certificate for one member, signed by the newest authority.</summary>
    public void Certify(string cluster, int id)
    {
        using X509Certificate2 authority = X509Certificate2.CreateFromPemFile(File($"{Authority}.pem"), File($"{Authority}.key"));
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN=node {id}", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddUri(new Uri(TransportCertificates.UriOf(cluster, new NodeId(id))));
        request.CertificateExtensions.Add(names.Build());
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 signed = request.Create(
            authority, now - TimeSpan.FromMinutes(30), now + Validity, RandomNumberGenerator.GetBytes(8));
        Write($"node-{id}.key", key.ExportPkcs8PrivateKeyPem() + "\n");
        Write($"node-{id}.pem", signed.ExportCertificatePem() + "\n");
    }

    private string File(string name) => Path.Combine(path, name);

    private void Write(string name, string text)
    {
        System.IO.File.WriteAllText(File(name + ".new"), text);
        System.IO.File.Move(File(name + ".new"), File(name), overwrite: true);
    }
}
