namespace RaftKv.Node.Transport;

/// <summary>A state cannot be sent now; the message says why to the member that asked.</summary>
internal sealed class SnapshotRefusedException(string message) : Exception(message);
