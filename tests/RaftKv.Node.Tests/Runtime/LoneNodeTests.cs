using System.Net;
using System.Net.Sockets;
using RaftKv.Node.Tests.Support;
using RaftKv.Raft;
using RaftKv.Storage;

namespace RaftKv.Node.Tests.Runtime;

/// <summary>Source: <see cref="RaftNode"/> with nothing but a directory.</summary>
public sealed class LoneNodeTests : IDisposable
{
    private static readonly TimeSpan RequestTime = Until.Patience;

    private readonly TestDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_elects_itself_and_applies()
    {
        ListMachine machine = new();
        await using RaftNode node = await RaftNode.StartAsync(Options(), machine, Token);
        CommandResult result = await node.ProposeAsync(new byte[] { 1, 2, 3 }, Token);
        Assert.Equal(1, BitConverter.ToInt64(result.Payload.Span));
        Assert.Equal(new byte[] { 1, 2, 3 }, Assert.Single(machine.Commands));
        await node.ReadBarrierAsync(Token);
        Assert.Equal(new NodeId(1), await node.WaitForLeaderAsync(Token));
        Assert.Null(node.ListenEndPoint);
    }

    [Fact]
    public async Task What_was_acknowledged_is_there_after_a_restart_with_a_machine_in_memory_or_on_disk()
    {
        await using (RaftNode node = await RaftNode.StartAsync(Options(), store => new ListMachine(store, 64), Token))
        {
            IEnumerable<Task> writes = Enumerable.Range(0, 500).Select(n => node.ProposeAsync(BitConverter.GetBytes(n), Token).AsTask());
            await Task.WhenAll(writes);
        }
        ListMachine fromDisk = null!;
        await using (RaftNode node = await RaftNode.StartAsync(Options(), store => fromDisk = new ListMachine(store, 64), Token))
        {
            Assert.NotEqual(LogPosition.Zero, fromDisk.Durable);
            await node.ReadBarrierAsync(Token);
            Assert.Equal(500, fromDisk.Commands.Length);
        }
        ListMachine fromLog = new();
        await using (RaftNode node = await RaftNode.StartAsync(Options(), fromLog, Token))
        {
            await node.ReadBarrierAsync(Token);
            Assert.Equal(fromDisk.Commands, fromLog.Commands);
        }
    }

    [Fact]
    public async Task Requests_and_memory_that_are_used_again_keep_answers_apart_also_beside_cancellations()
    {
        ListMachine machine = new();
        await using RaftNode node = await RaftNode.StartAsync(Options(), machine, Token);
        Task<List<(int Number, long Count)>>[] clients = [.. Enumerable.Range(0, 50).Select(client => Task.Run(() => ProposeAsync(client)))];
        byte[][] commands = [];
        foreach (Task<List<(int Number, long Count)>> client in clients)
        {
            List<(int Number, long Count)> answers = await client;
            commands = machine.Commands;
            Assert.All(answers, answer => Assert.Equal(answer.Number, BitConverter.ToInt32(commands[answer.Count - 1])));
        }
        Assert.Equal(commands.Length, commands.Select(command => BitConverter.ToInt32(command)).Distinct().Count());

        async Task<List<(int Number, long Count)>> ProposeAsync(int client)
        {
            List<(int Number, long Count)> answers = [];
            for (int i = 0; i < 500; i++)
            {
                int number = client * 1000 + i;
                using CancellationTokenSource impatience = new();
                ValueTask<CommandResult> write = node.ProposeAsync(BitConverter.GetBytes(number), i % 10 == 0 ? impatience.Token : default);
                if (i % 10 == 0)
                    _ = impatience.CancelAsync();
                try
                {
                    answers.Add((number, BitConverter.ToInt64((await write).Payload.Span)));
                }
                catch (OperationCanceledException)
                {
                    // It happens all the same.
                }
            }
            return answers;
        }
    }

    [Fact]
    public async Task A_directory_in_use_is_refused_in_one_sentence()
    {
        await using RaftNode node = await RaftNode.StartAsync(Options(), new ListMachine(), Token);
        RaftKvException thrown = await Assert.ThrowsAsync<RaftKvException>(() => RaftNode.StartAsync(Options(), new ListMachine(), Token));
        Assert.Equal(RaftKvError.DirectoryLocked, thrown.Error);
        Assert.Equal($"The directory {_directory.Path} is in use by another running node.", thrown.Message);
    }

    [Theory]
    [InlineData(1, "other", "The directory {0} belongs to cluster raftkv, not to other.")]
    [InlineData(2, "raftkv", "The directory {0} belongs to node 1, not to node 2.")]
    public async Task Anothers_directory_is_refused_and_left_alone(long id, string cluster, string sentence)
    {
        await using (await RaftNode.StartAsync(Options(), new ListMachine(), Token))
        {
        }
        RaftNodeOptions wrong = new() { DataDirectory = _directory.Path, NodeId = new NodeId(id), ClusterId = cluster };
        bool opened = false;
        RaftKvException thrown = await Assert.ThrowsAsync<RaftKvException>(() => RaftNode.StartAsync(
            wrong,
            _ =>
            {
                opened = true;
                return new ListMachine();
            },
            Token));
        Assert.Equal(RaftKvError.WrongDirectory, thrown.Error);
        Assert.Equal(string.Format(null, sentence, _directory.Path), thrown.Message);
        Assert.False(opened);
        await using RaftNode rightful = await RaftNode.StartAsync(Options(), new ListMachine(), Token);
    }

    [Fact]
    public async Task A_port_in_use_is_refused_in_one_sentence_and_claims_nothing()
    {
        using Socket taken = Loopback.Bind();
        taken.Listen();
        RaftNodeOptions options = new() { DataDirectory = _directory.Path, Listen = Loopback.AddressOf(taken) };
        RaftKvException thrown = await Assert.ThrowsAsync<RaftKvException>(() => RaftNode.StartAsync(options, new ListMachine(), Token));
        Assert.Equal(RaftKvError.AddressUnavailable, thrown.Error);
        Assert.Equal($"The node cannot listen on {options.Listen}: it is in use.", thrown.Message);
        Assert.False(File.Exists(Path.Combine(_directory.Path, "identity")));
    }

    [Fact]
    public async Task A_damaged_identity_is_refused_with_file_and_offset()
    {
        await using (await RaftNode.StartAsync(Options(), new ListMachine(), Token))
        {
        }
        string file = Path.Combine(_directory.Path, "identity");
        byte[] bytes = await File.ReadAllBytesAsync(file, Token);
        bytes[9] ^= 1;
        await File.WriteAllBytesAsync(file, bytes, Token);
        RaftKvException thrown = await Assert.ThrowsAsync<RaftKvException>(() => RaftNode.StartAsync(Options(), new ListMachine(), Token));
        Assert.Equal(RaftKvError.Storage, thrown.Error);
        Assert.Equal(file, Assert.IsType<StorageCorruptException>(thrown.InnerException).File);
    }

    [Fact]
    public async Task A_command_over_the_limit_is_refused_and_the_next_one_works()
    {
        RaftNodeOptions options = new() { DataDirectory = _directory.Path, RequestTimeout = RequestTime, PayloadBytesMax = 100 };
        await using RaftNode node = await RaftNode.StartAsync(options, new ListMachine(), Token);
        RaftKvException thrown = await Assert.ThrowsAsync<RaftKvException>(() => node.ProposeAsync(new byte[101], Token).AsTask());
        Assert.Equal((RaftKvError.TooLarge, WriteOutcome.NotApplied), (thrown.Error, thrown.Outcome));
        await node.ProposeAsync(new byte[100], Token);
    }

    [Fact]
    public async Task Overload_is_answered_busy_at_once_and_passes()
    {
        RaftNodeOptions options = new() { DataDirectory = _directory.Path, RequestTimeout = RequestTime, PendingProposalsMax = 10 };
        await using RaftNode node = await RaftNode.StartAsync(options, new ListMachine(), Token);
        await node.WaitForLeaderAsync(Token);
        Task<CommandResult>[] writes = [.. Enumerable.Range(0, 2000).Select(_ => node.ProposeAsync(new byte[1], Token).AsTask())];
        await Until.True(() => writes.All(write => write.IsCompleted), "all are answered");
        Task<CommandResult>[] refused = [.. writes.Where(write => write.IsFaulted)];
        Assert.NotEmpty(refused);
        Assert.All(refused, write =>
        {
            RaftKvException thrown = Assert.IsType<RaftKvException>(write.Exception!.InnerException);
            Assert.Equal((RaftKvError.Busy, WriteOutcome.NotApplied), (thrown.Error, thrown.Outcome));
        });
        await node.ProposeAsync(new byte[1], Token);
    }

    [Fact]
    public async Task A_machine_that_throws_faults_the_node_with_the_entry_named_and_the_process_lives()
    {
        ListMachine machine = new() { ThrowOn = command => command.Payload.Span[0] == 13 };
        // With so few ticks a disk that takes its time is no reason to lead anew, in another term.
        RaftNodeOptions options = new() { DataDirectory = _directory.Path, RequestTimeout = RequestTime, TickInterval = TimeSpan.FromSeconds(10) };
        await using RaftNode node = await RaftNode.StartAsync(options, machine, Token);
        await node.ProposeAsync(new byte[] { 1 }, Token);
        RaftKvException thrown = await Assert.ThrowsAsync<RaftKvException>(() => node.ProposeAsync(new byte[] { 13 }, Token).AsTask());
        Assert.Equal((RaftKvError.Faulted, WriteOutcome.Unknown), (thrown.Error, thrown.Outcome));
        Assert.Matches(@"^The machine failed to apply entry 1/\d+: The ledger does not balance\.$", thrown.Message);
        RaftKvException? reason = await node.Stopped.WaitAsync(Until.Patience, Token);
        Assert.Equal(thrown.Message, reason!.Message);
        RaftKvException later = await Assert.ThrowsAsync<RaftKvException>(() => node.ProposeAsync(new byte[] { 1 }, Token).AsTask());
        Assert.Equal(WriteOutcome.NotApplied, later.Outcome);
    }

    [Fact]
    public async Task A_stopped_node_refuses_and_says_so()
    {
        RaftNode node = await RaftNode.StartAsync(Options(), new ListMachine(), Token);
        await node.DisposeAsync();
        await node.DisposeAsync();
        Assert.Null(await node.Stopped);
        RaftKvException write = await Assert.ThrowsAsync<RaftKvException>(() => node.ProposeAsync(new byte[1], Token).AsTask());
        RaftKvException read = await Assert.ThrowsAsync<RaftKvException>(() => node.ReadBarrierAsync(Token).AsTask());
        Assert.Equal((RaftKvError.Stopped, RaftKvError.Stopped), (write.Error, read.Error));
        Assert.Equal(WriteOutcome.NotApplied, write.Outcome);
    }

    [Fact]
    public async Task The_directory_stays_locked_until_the_machine_is_closed()
    {
        RaftNode node = await RaftNode.StartAsync(Options(), store => new ListMachine(store), Token);
        Task<RaftKvException?> stopped = node.Stopped;
        RaftKvException? refused = null;
        int closed = 0;
        await node.StopAsync(CloseAsync);
        Assert.Equal(RaftKvError.DirectoryLocked, refused!.Error);
        Assert.Null(await stopped);
        await using RaftNode next = await RaftNode.StartAsync(Options(), new ListMachine(), Token);
        await node.StopAsync(CloseAsync);
        Assert.Equal(2, closed);

        async ValueTask CloseAsync()
        {
            Assert.Equal(closed++ > 0, stopped.IsCompleted);
            refused = await Assert.ThrowsAsync<RaftKvException>(() => RaftNode.StartAsync(Options(), new ListMachine(), Token));
        }
    }

    [Fact]
    public async Task A_wait_can_be_given_up_without_harm()
    {
        await using RaftNode node = await RaftNode.StartAsync(Options(), new ListMachine(), Token);
        using CancellationTokenSource giveUp = new();
        Task<CommandResult> write = node.ProposeAsync(new byte[1], giveUp.Token).AsTask();
        await giveUp.CancelAsync();
        try
        {
            await write;
        }
        catch (OperationCanceledException)
        {
            // Either is fine: the result was faster, or the wait ended.
        }
        await node.ProposeAsync(new byte[1], Token);
    }

    public void Dispose() => _directory.Dispose();

    private RaftNodeOptions Options() => new() { DataDirectory = _directory.Path, RequestTimeout = RequestTime };
}
