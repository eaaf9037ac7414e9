namespace RaftKv.Node.Transport;

/// <summary>
/// Gives the certificates for connections between members. Asked for each connection, so that new ones come into use without a
/// restart; connections that are open stay open. May be called from several threads at a time.
/// </summary>
public interface ICertificateSource
{
    /// <summary>The certificates to use now. Must be quick: a connection waits for it.</summary>
    /// <remarks>An exception refuses the connection, with its message in the log.</remarks>
    TransportCertificates Current();
}
