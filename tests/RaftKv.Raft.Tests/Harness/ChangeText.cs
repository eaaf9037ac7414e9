using System.Globalization;
using RaftKv.Raft.Membership;

namespace RaftKv.Raft.Tests.Harness;

/// <summary>Configuration changes in the words of tests: v voter, l learner, r remove, w witness, j join.</summary>
internal static class ChangeText
{
    public static MemberChange Parse(string word) => new(
        word[0] switch
        {
            'v' => MemberChangeKind.AddVoter,
            'l' => MemberChangeKind.AddLearner,
            'w' => MemberChangeKind.AddWitness,
            'j' => MemberChangeKind.Join,
            'r' => MemberChangeKind.Remove,
            _ => throw new FormatException(word),
        },
        new NodeId(long.Parse(word.AsSpan(1), CultureInfo.InvariantCulture)));

    public static string Print(ChangeResult result) => result.Status switch
    {
        ChangeStatus.Appended => $"Appended {result.Position}",
        ChangeStatus.Refused => $"Refused {result.Error}",
        _ => result.Status.ToString(),
    };
}
