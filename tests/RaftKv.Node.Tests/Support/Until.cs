using RaftKv.Raft;
using RaftKv.Raft.Membership;

namespace RaftKv.Node.Tests.Support;

/// <summary>Waits for conditions of threads that the test does not own, with a deadline that only a bug reaches.</summary>
internal static class Until
{
    /// <summary>How long any wait of a test lasts at most: far longer than a thread of a busy machine stands still.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    public static Task True(Func<bool> condition, string what) => True(() => Task.FromResult(condition()), what);

    /// <summary>
    /// Until a group has written what it writes by itself when it begins, and this member has applied all of it. A member that is alone then
    /// writes no more until it is asked.
    /// </summary>
    public static Task Founded(RaftNode node) => True(
        () => node.Status is { } status
            && status.ActiveFormat != LogFormat.First
            && status.Raft.Configuration is var members && members.Incarnations.Length == members.Members().Length
            && status.Raft.Durable == status.Raft.Last.Index && status.Applied == status.Raft.Last.Index,
        "the group is founded");

    public static async Task True(Func<Task<bool>> condition, string what)
    {
        using CancellationTokenSource deadline = new(Patience);
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(5));
        while (!await condition())
        {
            // A look comes after the deadline too, for this thread may have stood still until then.
            Assert.False(deadline.IsCancellationRequested, $"Waited {Patience} in vain until {what}.");
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }
}
