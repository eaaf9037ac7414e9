namespace RaftKv.Node.Driver;

/// <summary>A wish to change who belongs to the group, and who waits for it. Only the leader takes it.</summary>
/// <param name="change">What is to be.</param>
public abstract class MembershipInput(MembershipChange change) : RequestInput
{
    /// <summary>What is to be.</summary>
    public MembershipChange Change { get; } = change;

    /// <summary>Whether something was appended for it, so that it may come to be although the wait ends.</summary>
    internal bool WasAppended { get; set; }

    /// <summary>Called once, on the driver's thread, when it is so and committed. Must not call back into the driver.</summary>
    protected internal abstract void Succeed();
}
