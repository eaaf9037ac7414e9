using RaftKv.Raft.Membership;

namespace RaftKv.Raft.Messages;

/// <summary>The bodies of what is said about snapshots.</summary>
internal static class SnapshotBody
{
    public static int Measure(SnapshotOffer offer) =>
        checked(2 * sizeof(long) + sizeof(int) + ConfigurationCodec.Encode(offer.Configuration).Length);

    public static void Write(SnapshotOffer offer, ref WireWriter writer)
    {
        writer.Position(offer.AtLeast);
        writer.Bytes(ConfigurationCodec.Encode(offer.Configuration));
    }

    public static void Write(SnapshotReport report, ref WireWriter writer)
    {
        writer.Flag(report.Failed);
        writer.Number(report.ReceivedBytes);
    }

    /// <summary>Reads an offer; null when its configuration is none.</summary>
    public static SnapshotOffer? ReadOffer(MessageHeader header, ref WireReader reader)
    {
        LogPosition atLeast = reader.Position();
        if (!ConfigurationCodec.TryDecode(reader.Bytes().Span, out Configuration configuration))
            return null;
        return new SnapshotOffer
        {
            Header = header,
            AtLeast = atLeast,
            Configuration = configuration,
        };
    }

    public static SnapshotReport ReadReport(MessageHeader header, ref WireReader reader) => new()
    {
        Header = header,
        Failed = reader.Flag(),
        ReceivedBytes = reader.Number(),
    };
}
