using System.CommandLine;
using RaftKv.Simulator;

// Exit codes: 0 every seed passed, 1 one failed, 2 the command line is wrong.
ParseResult parsed = SimulatorCommand.Create().Parse(args);
if (parsed.Errors.Count > 0)
{
    await Console.Error.WriteLineAsync(parsed.Errors[0].Message);
    return 2;
}
return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
