using System.Diagnostics;
using RaftKv.Samples.CustomStateMachine;

namespace RaftKv.CustomStateMachine.Tests;

/// <summary>The sample as a user runs it.</summary>
public sealed class SampleProgramTests
{
    [Fact]
    public async Task The_program_ends_with_audits_that_agree()
    {
        ProcessStartInfo start = new("dotnet", typeof(LedgerMachine).Assembly.Location) { RedirectStandardOutput = true };
        using Process program = Process.Start(start)!;
        using CancellationTokenSource deadline = new(TimeSpan.FromMinutes(10));
        try
        {
            string output = await program.StandardOutput.ReadToEndAsync(deadline.Token);
            await program.WaitForExitAsync(deadline.Token);

            Assert.Contains("The audits agree, and nothing was lost.", output, StringComparison.Ordinal);
            Assert.Equal(0, program.ExitCode);
        }
        finally
        {
            if (!program.HasExited)
                program.Kill();
        }
    }
}
