namespace RaftKv.Raft.Tests.Traces;

/// <summary>One command of a trace with the comments above it and the output recorded below it.</summary>
internal sealed record TraceStep(IReadOnlyList<string> Comments, string Command, string Output);
