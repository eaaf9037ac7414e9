using RaftKv.Node.Transport;

namespace RaftKv.Node.Tests.Support;

/// <summary>Certificates that a test replaces.</summary>
internal sealed class SettableCertificates(TransportCertificates first) : ICertificateSource
{
    private volatile TransportCertificates _current = first;

    public void Set(TransportCertificates certificates) => _current = certificates;

    public TransportCertificates Current() => _current;
}
