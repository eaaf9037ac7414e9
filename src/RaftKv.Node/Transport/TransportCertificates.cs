using System.Security.Cryptography.X509Certificates;
using RaftKv.Raft;

namespace RaftKv.Node.Transport;

/// <summary>What a member shows to others, and whom it trusts. The certificates must not be disposed of while in use.</summary>
public sealed class TransportCertificates
{
    /// <summary>This member's certificate with its private key; fit for both sides of TLS, and naming <see cref="UriOf"/>.</summary>
    public required X509Certificate2 Certificate { get; init; }

    /// <summary>Certificates between this member's and a root, sent along.</summary>
    /// <value>Default empty.</value>
    public X509Certificate2Collection Intermediates { get; init; } = [];

    /// <summary>Roots, one of which must have signed the other side's certificate. The machine's own roots are not asked.</summary>
    public required X509Certificate2Collection TrustedRoots { get; init; }

    /// <summary>
    /// The name by which a certificate lets its holder be a member: a URI among the certificate's alternative names.
    /// </summary>
    /// <param name="clusterId">The cluster's name.</param>
    /// <param name="member">The member's number.</param>
    /// <returns><c>raftkv://cluster/number</c>, the cluster's name escaped as in any URI.</returns>
    public static string UriOf(string clusterId, NodeId member) => $"{UriOfCluster(clusterId)}{member}";

    internal static string UriOfCluster(string clusterId) => $"raftkv://{Uri.EscapeDataString(clusterId)}/";
}
