using RaftKv.Raft.Tests.Harness;
using RaftKv.Raft.Tests.Traces;

namespace RaftKv.Raft.Tests.Schedules;

/// <summary>How a list of commands fails.</summary>
/// <param name="Claim">What breaks, in words that are the same whenever the same breaks.</param>
/// <param name="Command">The place of the command that breaks it.</param>
internal sealed record Failure(string Claim, int Command)
{
    /// <summary>Runs commands on a group of their own; null when every claim holds.</summary>
    public static Failure? Of(IReadOnlyList<string> commands)
    {
        RaftTraceWorld world = new(new TraceOutput(isOff: true));
        for (int i = 0; i < commands.Count; i++)
        {
            try
            {
                if (IsUnfair(world, new TraceArguments(commands[i])))
                    return null;
                TraceRunner.Run(world, commands[i]);
            }
            catch (Exception broken)
            {
                return new Failure(ClaimOf(broken), i);
            }
        }
        return null;
    }

    // A group that cannot know yet which disk was lost, or waits for a member that does not exist, fails rightly: another story.
    private static bool IsUnfair(RaftTraceWorld world, TraceArguments command) => command.Name switch
    {
        "wipe" => !Faults.CanLoseDisk(world, world[command.Node(0)]),
        "change" => command.Plain.Skip(1).Any(word => world.Find(ChangeText.Parse(word).Node) is null),
        _ => false,
    };

    public static string ClaimOf(Exception broken) =>
        broken is ClaimViolatedException violated ? violated.Claim : broken.GetType().Name;
}
