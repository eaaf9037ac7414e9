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
}
