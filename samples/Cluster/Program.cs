using System.CommandLine;
using RaftKv.Samples.Cluster;
using RaftKv.Samples.Cluster.Operate;

// Exit codes: 0 every check held, 1 one did not or the run failed, 2 the command line is wrong, 130 interrupted.
RootCommand root = MainJobCommand.Create();
root.Subcommands.Add(NodeCommand.Create());
root.Subcommands.Add(LoopCommand.Create());
foreach (Command command in OperateCommands.All())
    root.Subcommands.Add(command);

ParseResult parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    await Console.Error.WriteLineAsync(parsed.Errors[0].Message);
    return ExitCodes.Usage;
}
return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
