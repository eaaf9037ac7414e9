using System.CommandLine;
using System.Net;
using RaftKv.Samples.Cluster.Control;

namespace RaftKv.Samples.Cluster.Operate;

/// <summary>The subcommands <c>members</c> and <c>member</c>: who belongs to the cluster. They work on every member.</summary>
internal static class MemberCommands
{
    public static IEnumerable<Command> All() => [List(), Change()];

    private static Command List()
    {
        Option<IPEndPoint> at = Online.At();
        Command command = new("members", "List the members.") { at };
        command.SetAction((parsed, cancellationToken) => Online.RunAsync(parsed.GetValue(at)!, async client =>
        {
            foreach (MemberReply member in await client.MembersAsync(cancellationToken))
            {
                string lag = member.Lag is { } entries ? $", lacks {entries} entries" : "";
                Console.WriteLine($"{member.Node} {member.Kind} at {member.Address}{(member.Leads ? ", leads" : "")}{lag}");
            }
        }));
        return command;
    }

    private static Command Change()
    {
        Command command = new("member", "Change who belongs to the cluster.");
        command.Subcommands.Add(Change("add", "Add a member; it becomes a voter once it has caught up.", hasAddress: true));
        command.Subcommands.Add(Change("replace", "Put a member in the place of another, in one step.", hasAddress: true, replaces: true));
        command.Subcommands.Add(Change("remove", "Remove a member; it stops by itself."));
        command.Subcommands.Add(Change("move", "Say that a member is reached elsewhere.", hasAddress: true));
        command.Subcommands.Add(Change("promote", "Make a learner a voter once it has caught up."));
        command.Subcommands.Add(Change("demote", "Make a voter a learner."));
        return command;
    }

    private static Command Change(string change, string what, bool hasAddress = false, bool replaces = false)
    {
        Option<IPEndPoint> at = Online.At();
        Option<int> id = new("--id") { Description = "The member's number.", Required = true };
        id.CustomParser = CommandLineTypes.Number("--id", 1, 1_000_000);
        Option<IPEndPoint> address = new("--address") { Description = "Where the others reach it.", Required = hasAddress };
        address.CustomParser = CommandLineTypes.Address("--address");
        Option<int> replaced = new("--replaced") { Description = "The member that leaves.", Required = replaces };
        replaced.CustomParser = CommandLineTypes.Number("--replaced", 1, 1_000_000);
        Command command = new(change, what) { at, id };
        if (hasAddress)
            command.Options.Add(address);
        if (replaces)
            command.Options.Add(replaced);
        command.SetAction((parsed, cancellationToken) => Online.RunAsync(parsed.GetValue(at)!, async client =>
        {
            string? place = hasAddress ? $"{parsed.GetValue(address)}" : null;
            MemberRequest asked = new(change, parsed.GetValue(id), place, replaces ? parsed.GetValue(replaced) : null);
            await client.ChangeAsync(asked, cancellationToken);
            Console.WriteLine("Done.");
        }));
        return command;
    }
}
