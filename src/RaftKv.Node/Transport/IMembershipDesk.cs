namespace RaftKv.Node.Transport;

/// <summary>Takes what others ask to be changed about who belongs to a group. Called from several connections at a time.</summary>
internal interface IMembershipDesk
{
    /// <summary>Carries it out if this member leads; completes within the time of a request.</summary>
    Task<MembershipAnswer> ChangeAsync(MembershipRequest request);
}
