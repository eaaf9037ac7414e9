using RaftKv.Raft.Membership;

namespace RaftKv.Raft.Messages;

/// <summary>What every message must satisfy by itself, whoever receives it.</summary>
internal static class MessageRules
{
    public static bool IsWellFormed(Message message)
    {
        if (message.From.Value < 1 || message.To.Value < 1 || message.Term.Value < 0 || message.Group.Value < 0)
            return false;
        return message.Kind switch
        {
            MessageKind.PreVoteRequest => IsPosition(((PreVoteRequest)message).Last, message.Term),
            MessageKind.VoteRequest => IsPosition(((VoteRequest)message).Last, message.Term),
            MessageKind.AppendRequest => IsWellFormed((AppendRequest)message),
            MessageKind.AppendResponse => ((AppendResponse)message).Match.Value >= 0,
            MessageKind.AppendRejection => IsWellFormed((AppendRejection)message),
            MessageKind.Heartbeat => ((Heartbeat)message).Commit.Value >= 0 && ((Heartbeat)message).Round >= 0,
            MessageKind.HeartbeatResponse => ((HeartbeatResponse)message).Round >= 0,
            MessageKind.ReadIndexRequest => ((ReadIndexRequest)message).Sequence >= 0,
            MessageKind.ReadIndexResponse => ((ReadIndexResponse)message).Index.Value >= 0 && ((ReadIndexResponse)message).Sequence >= 0,
            MessageKind.ProposeRequest => IsWellFormed((ProposeRequest)message),
            MessageKind.ProposeResponse => IsWellFormed((ProposeResponse)message),
            MessageKind.SnapshotOffer => IsPosition(((SnapshotOffer)message).AtLeast, message.Term),
            MessageKind.SnapshotReport => ((SnapshotReport)message).ReceivedBytes >= 0,
            MessageKind.TransferRequest => ((TransferRequest)message).Target.Value >= 1,
            MessageKind.PreVoteResponse or MessageKind.VoteResponse or MessageKind.TimeoutNow => true,
            _ => false,
        };
    }

    private static bool IsPosition(LogPosition position, Term termMax) =>
        position.Index.Value >= 0
        && position.Term.Value >= 0
        && position.Term <= termMax
        && (position.Index.Value > 0 || position.Term.Value == 0);

    private static bool IsWellFormed(AppendRequest request)
    {
        if (!IsPosition(request.Previous, request.Term) || request.Commit.Value < 0 || request.Term.Value < 1)
            return false;
        LogPosition previous = request.Previous;
        foreach (Entry entry in request.Entries.Span)
        {
            LogPosition position = entry.Position;
            if (position.Index != previous.Index.Next || position.Term < previous.Term || position.Term > request.Term)
                return false;
            if (position.Term.Value < 1 || !IsWellFormed(entry))
                return false;
            previous = position;
        }
        return true;
    }

    private static bool IsWellFormed(Entry entry) => entry.Kind switch
    {
        EntryKind.Command => true,
        EntryKind.Noop => entry.Payload.IsEmpty,
        EntryKind.Configuration => ConfigurationCodec.TryDecode(entry.Payload.Span, out _),
        _ => false,
    };

    private static bool IsWellFormed(AppendRejection rejection) =>
        rejection.Previous.Value >= 1
        && IsPosition(rejection.Hint, rejection.Term)
        && rejection.Hint.Index <= rejection.Previous;

    private static bool IsWellFormed(ProposeRequest request)
    {
        long last = -1;
        foreach (ref readonly Proposal proposal in request.Proposals.Span)
        {
            if (proposal.RequestId <= last)
                return false;
            last = proposal.RequestId;
        }
        return true;
    }

    private static bool IsWellFormed(ProposeResponse response)
    {
        foreach (ref readonly ProposalResult result in response.Results.Span)
        {
            bool known = result.Status <= ProposeStatus.Faulted;
            if (!known || !IsPosition(result.Position, response.Term) || result.Leader.Value < 0 || result.RequestId < 0)
                return false;
        }
        return true;
    }
}
