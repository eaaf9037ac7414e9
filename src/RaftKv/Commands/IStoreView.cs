using RaftKv.Storage.Mvcc;

namespace RaftKv.Commands;

/// <summary>What an operation reads: a snapshot, or the state that a batch of commands is building.</summary>
internal interface IStoreView
{
    /// <summary>The newest revision; inside a command that has changed something, the one the command makes.</summary>
    long Revision { get; }

    /// <summary>The oldest revision that can be read.</summary>
    long CompactedRevision { get; }

    Storage.Mvcc.RangeResult Range(RangeQuery query);
}
