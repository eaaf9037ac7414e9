using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace RaftKv.Cluster.Tests;

/// <summary>Source: docs/operations.md, followed word by word on a fresh cluster of real processes.</summary>
public sealed partial class OperationsTests
{
    // Ports that the document uses: 7001 to 7009 and 8001 to 8009.
    private const int PortsOfOneKind = 9;

    private static readonly TimeSpan StepDeadline = TimeSpan.FromMinutes(6);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_command_of_the_operations_page_does_what_the_page_says()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The page is for a shell.");
        IReadOnlyList<Runbook.Step> steps = Runbook.Read(await File.ReadAllTextAsync(PageOf("docs/operations.md"), Cancel));
        Assert.True(steps.Count > 40, "The page shows few commands.");
        using TemporaryFolder folder = new();
        await using Shell shell = Shell.Start(folder.Path);
        (string raft, string control) = FreeTens();
        foreach (Runbook.Step step in steps)
        {
            Runbook.Step here = new(Adapt(step.Command), [.. step.Printed.Select(Adapt)]);
            using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            deadline.CancelAfter(StepDeadline);
            (int exitCode, IReadOnlyList<string> lines) = await RunAsync(shell, here.Command, deadline.Token);
            if (exitCode != 0 || !here.Matches(lines))
                Assert.Fail($"$ {here.Command}\nended with {exitCode} and printed\n{string.Join('\n', lines)}\n\n{await shell.EndAsync()}");
        }

        // Free ports in place of the page's, and the patience of a busy machine. Who is killed has gone before the next command.
        string Adapt(string line) => KillCommand().Replace(line, "$0; wait $1 || true")
            .Replace("127.0.0.1:700", $"127.0.0.1:{raft}", StringComparison.Ordinal)
            .Replace("127.0.0.1:800", $"127.0.0.1:{control}", StringComparison.Ordinal)
            .Replace("Cluster wait ", "Cluster wait --seconds 300 ", StringComparison.Ordinal)
            .Replace("Cluster node ", "Cluster node --request-seconds 60 ", StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, IReadOnlyList<string> Lines)> RunAsync(Shell shell, string command, CancellationToken token)
    {
        try
        {
            return await shell.RunAsync(command, token);
        }
        catch (OperationCanceledException) when (!Cancel.IsCancellationRequested)
        {
            return (-1, [$"nothing more within {StepDeadline.TotalSeconds:0} s"]);
        }
    }

    private static string PageOf(string name)
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "RaftKv.sln")))
            folder = folder.Parent;
        return Path.Combine(folder?.FullName ?? throw new IOException("The repository was not found."), name);
    }

    // The digits before the last of ports of which nobody uses any; the first members start long before the last. They lie below those that
    // other tests take meanwhile (FreePorts).
    private static (string Raft, string Control) FreeTens()
    {
        const int First = 200;
        const int Count = 800;
        int start = (int)((ulong)(TimeProvider.System.GetTimestamp() ^ Environment.ProcessId * 7919L) % Count);
        int[] free = [.. Enumerable.Range(0, Count)
            .Select(i => First + ((start + i) % Count))
            .Where(tens => Enumerable.Range(1, PortsOfOneKind).All(last => IsFree(tens * 10 + last)))
            .Take(2)];
        return free is [var raft, var control] ? ($"{raft}", $"{control}") : throw new IOException("No free ports were found.");
    }

    [GeneratedRegex("^kill -9 (.*)$")]
    private static partial Regex KillCommand();

    private static bool IsFree(int port)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
