using System.Text;

namespace RaftKv.Node.Transport;

/// <summary>How the frames of one connection look: what its handshake came to.</summary>
/// <param name="ClusterTag">CRC-32C of the cluster's name, in every frame.</param>
/// <param name="Version">The version that both sides speak; 0 in the handshake, whose frames keep their form in all versions.</param>
/// <param name="Features">What both sides can do beyond the version: bits such as <see cref="FrameCompression.Feature"/>.</param>
internal readonly record struct WireFormat(uint ClusterTag, byte Version, byte Features = 0)
{
    /// <summary>The version of the handshake's own frames.</summary>
    public const byte HandshakeVersion = 0;

    /// <summary>The oldest version that this node speaks.</summary>
    public const byte VersionMin = 1;

    /// <summary>The newest version that this node speaks.</summary>
    public const byte VersionMax = 1;

    /// <summary>What this node can do beyond the version.</summary>
    public const byte FeaturesKnown = FrameCompression.Feature | RepairFrame.Feature | AttestationFrame.Feature;

    /// <summary>Whether the other side knows <see cref="FrameKind.Repair"/>.</summary>
    public bool HasRepair => (Features & RepairFrame.Feature) != 0;

    /// <summary>Whether the other side knows <see cref="FrameKind.Attestation"/>.</summary>
    public bool HasAttestation => (Features & AttestationFrame.Feature) != 0;

    /// <summary>Whether bodies may be compressed.</summary>
    public bool HasCompression => (Features & FrameCompression.Feature) != 0;

    /// <summary>The form of the handshake's frames in a cluster.</summary>
    public static WireFormat OfHandshake(string clusterId) =>
        new(Crc32C.Compute(Encoding.ASCII.GetBytes(clusterId)), HandshakeVersion);
}
