namespace RaftKv.Raft.Tests.Schedules;

/// <summary>What a random schedule is bent towards: states that even chances meet too rarely.</summary>
internal enum Temper
{
    /// <summary>Everything by even chances.</summary>
    Even,

    /// <summary>Leaders are cut off with entries of their own, and the next ones too, as in figure 8 of the paper.</summary>
    Deposing,

    /// <summary>Joint configurations meet partitions between the old and the new voters, and leaders that crash.</summary>
    Splitting,

    /// <summary>Messages arrive much later, across terms and rounds, while members ask for reads and leaders hand over.</summary>
    Lagging,
}
