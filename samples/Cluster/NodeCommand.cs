using System.CommandLine;
using System.Net;
using Microsoft.Extensions.Logging;
using RaftKv.Samples.Cluster.Control;

namespace RaftKv.Samples.Cluster;

/// <summary>The <c>node</c> subcommand: one member of a cluster with its control API, until it is told to stop.</summary>
internal static class NodeCommand
{
    public const string Name = "node";

    public static Command Create()
    {
        Option<int> id = new("--id") { Description = "This member's number.", Required = true };
        id.CustomParser = CommandLineTypes.Number("--id", 1, 1_000_000);
        Option<string> cluster = new("--cluster") { Description = "The cluster's name.", DefaultValueFactory = _ => "sample" };
        Option<string> data = new("--data") { Description = "This member's data directory.", Required = true };
        Option<IPEndPoint> raft = new("--raft") { Description = "Where the other members reach this one." };
        raft.CustomParser = CommandLineTypes.Address("--raft");
        Option<IPEndPoint> control = new("--control") { Description = "Where the control API listens; port 0 takes a free one." };
        control.CustomParser = CommandLineTypes.Address("--control");
        control.DefaultValueFactory = _ => new IPEndPoint(IPAddress.Loopback, 0);
        Option<SortedDictionary<int, IPEndPoint>> members = new("--member") { Description = "A member as number=address, once for each." };
        members.CustomParser = CommandLineTypes.Members("--member");
        members.DefaultValueFactory = _ => [];
        members.Arity = ArgumentArity.OneOrMore;
        Option<int> tick = new("--tick") { Description = "The protocol's unit of time, in milliseconds.", DefaultValueFactory = _ => 100 };
        tick.CustomParser = CommandLineTypes.Number("--tick", 1, 10_000);
        Option<int> request = new("--request-seconds") { Description = "How long a request may wait, for a leader or for the disk." };
        request.DefaultValueFactory = _ => 5;
        request.CustomParser = CommandLineTypes.Number("--request-seconds", 1, 3600);
        Option<int> checkpoint = new("--checkpoint-kib") { Description = "KiB applied before a checkpoint." };
        checkpoint.DefaultValueFactory = _ => 65_536;
        checkpoint.CustomParser = CommandLineTypes.Number("--checkpoint-kib", 64, 1 << 20);
        Option<EndPoint?> join = new("--join") { Description = "A member of a cluster that exists, through which to ask to be added." };
        join.CustomParser = CommandLineTypes.Address("--join");
        Option<bool> newcomer = new("--newcomer") { Description = "Found nothing; wait until a cluster that exists adds this member." };
        Option<string?> certificates = new("--certificates") { Description = "The folder with certificates; see the command certify." };
        Option<LogLevel> log = new("--log") { Description = "What goes to standard error.", DefaultValueFactory = _ => LogLevel.Warning };
        Option<bool> child = new("--exit-with-parent") { Description = "Stop when standard input ends." };

        Command command = new(Name, "Run one member.") 
        {
            id, cluster, data, raft, control, members, join, newcomer, certificates, tick, request, checkpoint, log, child,
        };
        command.SetAction((parsed, cancellationToken) => NodeHost.RunAsync(new NodeHostOptions
        {
            Id = parsed.GetValue(id),
            Cluster = parsed.GetValue(cluster)!,
            DataDirectory = parsed.GetValue(data)!,
            Raft = parsed.GetValue(raft),
            Control = parsed.GetValue(control)!,
            Members = parsed.GetValue(members)!,
            Join = parsed.GetValue(join),
            IsNewcomer = parsed.GetValue(newcomer),
            CertificateFolder = parsed.GetValue(certificates),
            LogLevel = parsed.GetValue(log),
            TickInterval = TimeSpan.FromMilliseconds(parsed.GetValue(tick)),
            RequestTimeout = TimeSpan.FromSeconds(parsed.GetValue(request)),
            CheckpointBytes = parsed.GetValue(checkpoint) * 1024L,
            ExitWithParent = parsed.GetValue(child),
        }, cancellationToken));
        return command;
    }
}
