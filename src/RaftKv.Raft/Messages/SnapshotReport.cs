namespace RaftKv.Raft.Messages;

/// <summary>Tells the leader how the transfer of its state goes; its end is an <see cref="AppendResponse"/>.</summary>
public sealed class SnapshotReport() : Message(MessageKind.SnapshotReport)
{
    /// <summary>Whether it failed; the leader may offer again.</summary>
    public required bool Failed { get; init; }

    /// <summary>Bytes that have arrived so far, those of earlier attempts included.</summary>
    public required long ReceivedBytes { get; init; }
}
