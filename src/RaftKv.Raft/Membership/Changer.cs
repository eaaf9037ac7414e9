namespace RaftKv.Raft.Membership;

/// <summary>What a change makes of a configuration: pure functions (Raft 6, thesis 4.1 and 4.3).</summary>
public static class Changer
{
    /// <summary>A change of at most one voter, which needs no joint configuration because old and new majorities overlap.</summary>
    /// <param name="current">The configuration in effect; not joint.</param>
    /// <param name="changes">The steps, in order.</param>
    /// <param name="next">The result, or <paramref name="current"/> after an error.</param>
    public static ChangeError Simple(Configuration current, ReadOnlySpan<MemberChange> changes, out Configuration next)
    {
        ArgumentNullException.ThrowIfNull(current);
        next = current;
        if (current.IsJoint)
            return ChangeError.AlreadyJoint;
        MemberSets sets = new(current);
        ChangeError error = Apply(sets, current, changes);
        if (error != ChangeError.None)
            return error;
        if (sets.VotersChangedFrom(current.Voters) > 1)
            return ChangeError.NeedsJoint;
        next = sets.ToConfiguration(autoLeave: false);
        return ChangeError.None;
    }

    /// <summary>Any change, by way of a configuration in which the old and the new voters both decide.</summary>
    /// <param name="current">The configuration in effect; not joint.</param>
    /// <param name="autoLeave">Whether the leader leaves the joint configuration by itself once it is committed.</param>
    /// <param name="changes">The steps, in order.</param>
    /// <param name="next">The joint result, or <paramref name="current"/> after an error.</param>
    public static ChangeError EnterJoint(
        Configuration current, bool autoLeave, ReadOnlySpan<MemberChange> changes, out Configuration next)
    {
        ArgumentNullException.ThrowIfNull(current);
        next = current;
        if (current.IsJoint)
            return ChangeError.AlreadyJoint;
        if (current.Voters.IsEmpty)
            return ChangeError.NoVoterLeft;
        MemberSets sets = new(current);
        sets.EnterJoint();
        ChangeError error = Apply(sets, current, changes);
        if (error != ChangeError.None)
            return error;
        next = sets.ToConfiguration(autoLeave);
        return ChangeError.None;
    }

    /// <summary>Ends a joint configuration: the new voters decide alone.</summary>
    /// <param name="current">The configuration in effect; joint.</param>
    /// <param name="next">The result, or <paramref name="current"/> after an error.</param>
    public static ChangeError LeaveJoint(Configuration current, out Configuration next)
    {
        ArgumentNullException.ThrowIfNull(current);
        next = current;
        if (!current.IsJoint)
            return ChangeError.NotJoint;
        MemberSets sets = new(current);
        sets.LeaveJoint();
        next = sets.ToConfiguration(autoLeave: false);
        return ChangeError.None;
    }

    /// <summary>Raises the format; the members stay as they are.</summary>
    /// <param name="current">The configuration in effect; not joint.</param>
    /// <param name="format">The format from now on: a newer one.</param>
    /// <param name="next">The result, or <paramref name="current"/> after an error.</param>
    public static ChangeError Raise(Configuration current, LogFormat format, out Configuration next)
    {
        ArgumentNullException.ThrowIfNull(current);
        next = current;
        if (current.IsJoint)
            return ChangeError.AlreadyJoint;
        if (!format.IsValid || !format.IsAtLeast(current.Format) || format == current.Format)
            return ChangeError.NoNewerFormat;
        MemberSets sets = new(current);
        sets.Raise(format);
        next = sets.ToConfiguration(autoLeave: false);
        return ChangeError.None;
    }

    private static ChangeError Apply(MemberSets sets, Configuration current, ReadOnlySpan<MemberChange> changes)
    {
        foreach (MemberChange change in changes)
        {
            if (change.Node.Value < 1)
                return ChangeError.InvalidMember;
            if (change.Address is not null && !MemberAddress.IsValid(change.Address))
                return ChangeError.InvalidAddress;
            if (change.Kind == MemberChangeKind.Readdress && !sets.IsMember(change.Node))
                return ChangeError.UnknownMember;
            if (sets.IsWitness(change.Node)
                && change.Kind is not (MemberChangeKind.Remove or MemberChangeKind.AddWitness or MemberChangeKind.Readdress))
                return ChangeError.WitnessHoldsNoData;
            if (change.Kind == MemberChangeKind.AddWitness && current.IsMember(change.Node) && !current.IsWitness(change.Node))
                return ChangeError.HoldsData;
            sets.Apply(change);
        }
        return sets.VoterCount > 0 && sets.HasDataVoter ? ChangeError.None : ChangeError.NoVoterLeft;
    }
}
