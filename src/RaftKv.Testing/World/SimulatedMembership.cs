using RaftKv.Node;
using RaftKv.Node.Driver;

namespace RaftKv.Testing.World;

/// <summary>A change of the membership asked for in a simulated run; read it between steps.</summary>
public sealed class SimulatedMembership : MembershipInput
{
    internal SimulatedMembership(MembershipChange change)
        : base(change)
    {
    }

    /// <summary>Whether it has ended. One whose member crashed never does.</summary>
    public bool IsOver => Succeeded || Failure is not null;

    /// <summary>Whether it is so.</summary>
    public bool Succeeded { get; private set; }

    /// <summary>Why it failed; null unless it did.</summary>
    public RaftKvException? Failure { get; private set; }

    /// <inheritdoc/>
    protected override void Succeed() => Succeeded = true;

    /// <inheritdoc/>
    protected override void Fail(RaftKvException reason) => Failure = reason;
}
