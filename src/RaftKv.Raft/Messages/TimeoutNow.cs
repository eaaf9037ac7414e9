namespace RaftKv.Raft.Messages;

/// <summary>The leader asks a member that holds its whole log to campaign at once (thesis 3.10).</summary>
public sealed class TimeoutNow() : Message(MessageKind.TimeoutNow);
