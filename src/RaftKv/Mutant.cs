namespace RaftKv;

/// <summary>Known bugs of key-value façades, to prove that the tests would find them.</summary>
internal enum Mutant
{
    /// <summary>Everything as it should be.</summary>
    None,

    /// <summary>Serves linearizable reads without asking the leader.</summary>
    SkipsReadBarrier,

    /// <summary>Begins a watch one revision too late.</summary>
    WatchResumesLate,

    /// <summary>Lets a comparison of a value hold for a key that is not there.</summary>
    GuardIgnoresAbsence,

    /// <summary>Lets a transaction succeed when its first condition holds.</summary>
    FirstGuardOnly,

    /// <summary>Drops the first change of each batch of a watch that is behind.</summary>
    WatchDropsWhatItCatchesUp,

    /// <summary>Reads the newest revision where an older one was asked for.</summary>
    HistoricalReadOfNewest,

    /// <summary>Serves transactions that only read without asking the leader.</summary>
    TransactionReadsUnbarred,
}
