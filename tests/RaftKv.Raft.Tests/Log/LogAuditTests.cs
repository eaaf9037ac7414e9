using RaftKv.Raft.Log;
using RaftKv.Raft.Membership;

namespace RaftKv.Raft.Tests.Log;

/// <summary>Source: <see cref="LogAudit"/>, <see cref="RaftOptions.Audit"/>: what is broken is found before anything leaves.</summary>
public sealed class LogAuditTests
{
    [Fact]
    public void A_payload_that_is_written_to_after_it_was_proposed_faults_the_member()
    {
        RaftCore core = NewLeader(audit: true);
        byte[] payload = [1, 2, 3];
        core.Propose(1, payload);
        core.TakeReady();
        payload[1] ^= 1;
        core.Propose(2, new byte[1]);
        Ready ready = core.TakeReady();
        CoreFaulted fault = Assert.IsType<CoreFaulted>(Assert.Single(ready.Events.ToArray()));
        Assert.Contains("payloadIsAsItWas", fault.Reason, StringComparison.Ordinal);
        Assert.Null(ready.Persist);
        Assert.True(ready.SendNow.IsEmpty && ready.Apply.IsEmpty);
        Assert.Equal(ProposeStatus.Faulted, core.Propose(3, payload).Status);
    }

    [Fact]
    public void Without_the_audit_nobody_looks()
    {
        RaftCore core = NewLeader(audit: false);
        byte[] payload = [1, 2, 3];
        core.Propose(1, payload);
        core.TakeReady();
        payload[1] ^= 1;
        core.Propose(2, new byte[1]);
        Assert.NotNull(core.TakeReady().Persist);
    }

    [Fact]
    public void A_committed_entry_that_is_replaced_is_found()
    {
        RaftLog log = LogOf(1, 1, 2);
        LogAudit audit = new();
        audit.Run(log, new LogIndex(2));
        log.TruncateFrom(new LogIndex(2));
        Append(log, 3);
        Assert.Throws<InvariantViolationException>(() => audit.Run(log, new LogIndex(2)));
    }

    [Fact]
    public void An_entry_that_was_not_committed_may_be_replaced()
    {
        RaftLog log = LogOf(1, 1, 2);
        LogAudit audit = new();
        audit.Run(log, new LogIndex(1));
        log.TruncateFrom(new LogIndex(2));
        Append(log, 3);
        audit.Run(log, new LogIndex(2));
        log.CompactTo(new LogPosition(new Term(3), new LogIndex(2)));
        audit.Run(log, new LogIndex(2));
    }

    [Fact]
    public void A_configuration_that_no_entry_carries_is_found()
    {
        RaftLog log = LogOf(1, 1);
        ConfigurationHistory history = new(new RaftRestore { Configuration = Configuration.Of(1) });
        history.Audit(log);
        history.Append(new LogIndex(2), Configuration.Of(1, 2));
        Assert.Throws<InvariantViolationException>(() => history.Audit(log));
    }

    private static RaftLog LogOf(params long[] terms)
    {
        RaftLog log = new(new RaftRestore { Configuration = Configuration.Of(1) });
        foreach (long term in terms)
            Append(log, term);
        return log;
    }

    private static void Append(RaftLog log, long term) =>
        log.Append(new Entry(new LogPosition(new Term(term), log.LastIndex.Next), EntryKind.Command, new byte[] { (byte)term }));

    private static RaftCore NewLeader(bool audit)
    {
        RaftCore core = new(
            new RaftOptions { Self = new NodeId(1), Audit = audit },
            new RaftRestore { Configuration = Configuration.Of(1) },
            new SplittableRandom(1));
        while (core.Role != Role.Leader || core.HasReady)
        {
            core.Tick();
            while (core.HasReady)
                core.Persisted(core.TakeReady().Number);
        }
        return core;
    }
}
