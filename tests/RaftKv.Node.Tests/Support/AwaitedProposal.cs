using RaftKv.Node.Driver;

namespace RaftKv.Node.Tests.Support;

/// <summary>A proposal whose end a test looks at; it ends once.</summary>
internal sealed class AwaitedProposal(byte[] payload, EnvelopePool? pool) : ProposalInput(payload, pool)
{
    public AwaitedProposal(params byte[] payload)
        : this(payload, null)
    {
    }

    public CommandResult? Result { get; private set; }

    public RaftKvException? Failure { get; private set; }

    public bool HasEnded => Result is not null || Failure is not null;

    protected internal override void Succeed(CommandResult result)
    {
        Assert.False(HasEnded);
        Result = result;
    }

    protected internal override void Fail(RaftKvException reason)
    {
        Assert.False(HasEnded);
        Failure = reason;
    }
}
