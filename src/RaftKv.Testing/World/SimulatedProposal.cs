using RaftKv.Node;
using RaftKv.Node.Driver;

namespace RaftKv.Testing.World;

/// <summary>A proposal made in a simulated run; read it between steps.</summary>
public sealed class SimulatedProposal : ProposalInput
{
    internal SimulatedProposal(ReadOnlySpan<byte> payload, EnvelopePool? pool)
        : base(payload, pool)
    {
    }

    /// <summary>Whether it has ended. One whose member crashed never does: its fate is unknown.</summary>
    public bool IsOver => Result is not null || Failure is not null;

    /// <summary>The machine's answer; null unless it was applied.</summary>
    public CommandResult? Result { get; private set; }

    /// <summary>Why it failed; null unless it did.</summary>
    public RaftKvException? Failure { get; private set; }

    /// <inheritdoc/>
    protected override void Succeed(CommandResult result) => Result = result;

    /// <inheritdoc/>
    protected override void Fail(RaftKvException reason) => Failure = reason;
}
