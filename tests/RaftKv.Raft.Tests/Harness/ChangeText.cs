using System.Globalization;
using RaftKv.Raft.Membership;

namespace RaftKv.Raft.Tests.Harness;

/// <summary>Configuration changes in the words of tests: v voter, l learner, r remove, w witness, j join, a move; an address follows @.</summary>
internal static class ChangeText
{
    public static MemberChange Parse(string word)
    {
        int at = word.IndexOf('@', StringComparison.Ordinal);
        string member = at < 0 ? word[1..] : word[1..at];
        return new MemberChange(
            KindOf(word), new NodeId(long.Parse(member, CultureInfo.InvariantCulture)), at < 0 ? null : word[(at + 1)..]);
    }

    private static MemberChangeKind KindOf(string word) => word[0] switch
    {
        'v' => MemberChangeKind.AddVoter,
        'l' => MemberChangeKind.AddLearner,
        'w' => MemberChangeKind.AddWitness,
        'j' => MemberChangeKind.Join,
        'r' => MemberChangeKind.Remove,
        'a' => MemberChangeKind.Readdress,
        _ => throw new FormatException(word),
    };

    public static string Print(ChangeResult result) => result.Status switch
    {
        ChangeStatus.Appended => $"Appended {result.Position}",
        ChangeStatus.Refused => $"Refused {result.Error}",
        _ => result.Status.ToString(),
    };
}
