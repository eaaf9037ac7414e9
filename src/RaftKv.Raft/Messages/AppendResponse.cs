using System.Diagnostics.CodeAnalysis;

namespace RaftKv.Raft.Messages;

/// <summary>Acknowledges entries. They are durable before it leaves.</summary>
public sealed class AppendResponse : Message
{
    private LogIndex _match;

    /// <summary>A message whose properties say all of it.</summary>
    public AppendResponse()
        : base(MessageKind.AppendResponse)
    {
    }

    [SetsRequiredMembers]
    internal AppendResponse(RaftOptions sender)
        : base(MessageKind.AppendResponse, sender)
    {
    }

    /// <summary>The log up to this entry equals the leader's and is durable.</summary>
    public required LogIndex Match { get => _match; init => _match = value; }

    internal void Say(LogIndex match) => _match = match;
}
