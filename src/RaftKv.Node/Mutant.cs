namespace RaftKv;

/// <summary>Known bugs of replication runtimes, to prove that the tests would find them.</summary>
internal enum Mutant
{
    /// <summary>Everything as it should be.</summary>
    None,

    /// <summary>Gives a proposal the answer of its neighbour in the batch.</summary>
    ResultToNeighbour,

    /// <summary>Applies the last entry again after a restart.</summary>
    AppliesTwiceAfterRestart,

    /// <summary>Gives up log entries that no checkpoint of the machine includes.</summary>
    ReleasesBeforeCheckpoint,

    /// <summary>Serves a read as soon as it is confirmed, before the machine is new enough.</summary>
    ReadsBeforeApplied,

    /// <summary>Writes term and vote only together with entries.</summary>
    HardStateNotWritten,

    /// <summary>Calls a write that timed out certainly not applied.</summary>
    TimeoutAsNotApplied,

    /// <summary>Proposes again what the leader may have appended.</summary>
    RetriesWhileUnknown,

    /// <summary>Works on although the leader knows that the member acknowledged what it lacks.</summary>
    OlderCopyIgnored,

    /// <summary>Calls a write that may be within installed state certainly not applied.</summary>
    SupersededAsNotApplied,

    /// <summary>Goes on applying after installed state as if the machine were as old as before.</summary>
    AppliedNotTakenOver,

    /// <summary>Does not tell members that were removed.</summary>
    RemovedNotTold,

    /// <summary>Takes a state that a crash kept from being put in place for one that is there.</summary>
    StateHalfInstalled,

    /// <summary>Forgets at the start that a state was put in place, and the log did not follow.</summary>
    InstallationForgotten,

    /// <summary>Answers from a state that it knows not to be the majority's.</summary>
    AnswersThoughDiverged,

    /// <summary>Thinks nothing of it that the majority holds another state.</summary>
    DivergenceIgnored,

    /// <summary>Goes on where a log format is written that it does not speak.</summary>
    FormatNotRefused,
}
