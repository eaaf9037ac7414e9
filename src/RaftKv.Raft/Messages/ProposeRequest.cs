namespace RaftKv.Raft.Messages;

/// <summary>Commands forwarded to the leader. Taken only by the leader of this very term.</summary>
public sealed class ProposeRequest() : Message(MessageKind.ProposeRequest)
{
    /// <summary>The proposer's run.</summary>
    public required long Session { get; init; }

    /// <summary>The commands, ascending by request number.</summary>
    public required ReadOnlyMemory<Proposal> Proposals { get; init; }
}
