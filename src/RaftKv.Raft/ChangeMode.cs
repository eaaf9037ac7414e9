namespace RaftKv.Raft;

/// <summary>By which way a configuration is changed.</summary>
public enum ChangeMode : byte
{
    /// <summary>At once where one voter at most comes or goes, otherwise by a joint configuration that is left automatically.</summary>
    Automatic = 0,

    /// <summary>By a joint configuration that the leader leaves by itself once it is committed.</summary>
    Joint = 1,

    /// <summary>By a joint configuration that stays until <see cref="RaftCore.LeaveJoint"/>.</summary>
    JointUntilLeft = 2,
}
