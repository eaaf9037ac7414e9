using RaftKv.Testing.Histories;

namespace RaftKv.Testing.Checkers;

/// <summary>One property that every history of a correct store has.</summary>
public interface IHistoryChecker
{
    /// <summary>The property, as a clause: "no acknowledged write is lost".</summary>
    string Property { get; }

    /// <summary>What breaks the property, one sentence each; empty when nothing does.</summary>
    IReadOnlyList<string> Check(History history);
}
