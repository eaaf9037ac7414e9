using RaftKv.Raft.Messages;
using RaftKv.Raft.Tests.Harness;

namespace RaftKv.Raft.Tests.Traces;

/// <summary>What the current command of a trace has brought about, line by line.</summary>
/// <param name="isOff">Whether nobody reads it: schedules run many commands for nothing but their claims.</param>
internal sealed class TraceOutput(bool isOff)
{
    private readonly SortedDictionary<NodeId, string> _lastStatus = [];
    private readonly List<string> _lines = [];

    public bool IsOff => isOff;

    /// <summary>Whether messages and minor events are left out.</summary>
    public bool IsQuiet { get; set; }

    public void Print(string line)
    {
        if (!isOff)
            _lines.Add(line);
    }

    public void Sent(Message message)
    {
        if (!isOff && !IsQuiet)
            _lines.Add(TracePrinter.Message(message));
    }

    public void Taken(NodeId id, Ready ready)
    {
        if (isOff)
            return;
        foreach (RaftEvent @event in ready.Events.Span)
        {
            bool isMajor = @event is RoleChanged or CoreFaulted or ConfigurationChanged or DiskStuck or AmnesiaFound;
            if (!IsQuiet || isMajor)
                Print(TracePrinter.Event(id, @event));
        }
        foreach (SnapshotOrder order in ready.Snapshots.Span)
            Print($"{id} orders a snapshot from {order.From}, at least {order.AtLeast}");
        foreach (ReadResult read in ready.Reads.Span)
        {
            string outcome = read.Outcome == ReadOutcome.Confirmed ? $"at {read.Index}" : "dropped";
            Print($"{id} read {read.RequestId} {outcome}");
        }
        foreach (ProposalResult result in ready.Proposals.Span)
            Print($"{id} answer {TracePrinter.Result(result)}");
    }

    /// <summary>The lines since the last call, then the members whose state changed.</summary>
    public string Take(IEnumerable<TestMember> members)
    {
        foreach (TestMember member in members)
        {
            string status = member.IsUp ? TracePrinter.Status(member.Core.Status) : $"{member.Id} down";
            if (_lastStatus.GetValueOrDefault(member.Id) == status)
                continue;
            _lastStatus[member.Id] = status;
            _lines.Add(status);
        }
        string output = string.Concat(_lines.Select(line => line + "\n"));
        _lines.Clear();
        return output;
    }
}
