using System.Buffers.Binary;
using RaftKv.Node;
using RaftKv.Raft;
using RaftKv.Storage.Disk;

namespace RaftKv.Load;

/// <summary>
/// The cheapest machine there is, so that the figures are the runtime's: it counts, and its checkpoint is the count in a file, so
/// that the log is given up behind it as in a service that runs for long.
/// </summary>
internal sealed class CountingMachine : IStateMachine, IDisposable
{
    private const int CommandsPerCheckpoint = 100_000;

    private static readonly byte[] Answer = [1];

    private readonly IStorageFile _file;
    private long _count;
    private long _countAtCheckpoint;

    public CountingMachine(IStorageDirectory directory)
    {
        _file = directory.Exists("count") ? directory.Open("count") : directory.Create("count");
        directory.Flush();
        if (_file.Length > 0)
            Load();
    }

    public LogPosition Applied { get; private set; }

    public LogPosition Durable { get; private set; }

    public bool CheckpointDue => _count - _countAtCheckpoint >= CommandsPerCheckpoint;

    public bool KeepsCommands => false;

    public void Apply(ReadOnlySpan<Command> commands, ICommandResults results)
    {
        for (int i = 0; i < commands.Length; i++)
        {
            if (results.IsAwaited(i))
                results.Set(i, Answer);
        }
        _count += commands.Length;
        Applied = commands[^1].Position;
    }

    public void Checkpoint()
    {
        Span<byte> image = stackalloc byte[3 * sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(image, _count);
        BinaryPrimitives.WriteInt64LittleEndian(image[8..], Applied.Term.Value);
        BinaryPrimitives.WriteInt64LittleEndian(image[16..], Applied.Index.Value);
        _file.Write(0, image);
        _file.Flush();
        Durable = Applied;
        _countAtCheckpoint = _count;
    }

    private void Load()
    {
        Span<byte> image = stackalloc byte[3 * sizeof(long)];
        _file.ReadExactly(0, image);
        _count = _countAtCheckpoint = BinaryPrimitives.ReadInt64LittleEndian(image);
        Applied = Durable = new LogPosition(
            new Term(BinaryPrimitives.ReadInt64LittleEndian(image[8..])), new LogIndex(BinaryPrimitives.ReadInt64LittleEndian(image[16..])));
    }

    public void Dispose() => _file.Dispose();
}
