using System.Buffers.Binary;
using RaftKv.Raft;
using RaftKv.Storage;
using RaftKv.Storage.Disk;

namespace RaftKv.Node.Tests.Support;

/// <summary>Keeps every command in order and answers with how many there are. Checkpoints into a file when given a directory.</summary>
internal class ListMachine : IStateMachine
{
    protected const string FileName = "list";

    private const int HeaderBytes = 20;

    private readonly Lock _lock = new();
    private readonly List<byte[]> _commands = [];
    private readonly IStorageDirectory? _directory;
    private readonly int _commandsPerCheckpoint;
    private int _sinceCheckpoint;

    public ListMachine(IStorageDirectory? directory = null, int commandsPerCheckpoint = int.MaxValue)
    {
        _directory = directory;
        _commandsPerCheckpoint = commandsPerCheckpoint;
        if (directory?.Exists(FileName) == true)
            Load(directory);
    }

    public LogPosition Applied { get; private set; }

    public LogPosition Durable { get; private set; }

    public bool CheckpointDue => _sinceCheckpoint >= _commandsPerCheckpoint;

    public bool KeepsCommands => false;

    public Func<Command, bool>? ThrowOn { get; set; }

    public byte[][] Commands
    {
        get
        {
            lock (_lock)
                return [.. _commands];
        }
    }

    public int Count
    {
        get
        {
            lock (_lock)
                return _commands.Count;
        }
    }

    /// <summary>Changes one bit of a command that is kept, as a broken memory does.</summary>
    public void Spoil(int at)
    {
        lock (_lock)
        {
            _commands[at] = [.. _commands[at]];
            _commands[at][0] ^= 0x80;
        }
    }

    public void Apply(ReadOnlySpan<Command> commands, ICommandResults results)
    {
        lock (_lock)
        {
            for (int i = 0; i < commands.Length; i++)
            {
                results.Begin(i);
                if (ThrowOn?.Invoke(commands[i]) == true)
                    throw new InvalidOperationException("The ledger does not balance.");
                _commands.Add(commands[i].Payload.ToArray());
                byte[] count = new byte[sizeof(long)];
                BinaryPrimitives.WriteInt64LittleEndian(count, _commands.Count);
                results.Set(i, count);
            }
            Applied = commands[^1].Position;
            _sinceCheckpoint += commands.Length;
        }
    }

    public void Checkpoint()
    {
        lock (_lock)
        {
            Store(Image());
            Durable = Applied;
            _sinceCheckpoint = 0;
        }
    }

    protected byte[] Image()
    {
        lock (_lock)
        {
            MemoryStream image = new();
            using BinaryWriter writer = new(image);
            writer.Write(Applied.Term.Value);
            writer.Write(Applied.Index.Value);
            writer.Write(_commands.Count);
            foreach (byte[] command in _commands)
            {
                writer.Write(command.Length);
                writer.Write(command);
            }
            return image.ToArray();
        }
    }

    protected void Reload()
    {
        lock (_lock)
        {
            _commands.Clear();
            _sinceCheckpoint = 0;
            Load(_directory!);
        }
    }

    private void Store(byte[] image)
    {
        if (_directory!.Exists("new"))
            _directory.Delete("new");
        using (IStorageFile file = _directory.Create("new"))
        {
            file.Write(0, image);
            file.Flush();
        }
        _directory.Rename("new", FileName);
        _directory.Flush();
    }

    private void Load(IStorageDirectory directory)
    {
        using IStorageFile file = directory.Open(FileName);
        byte[] image = new byte[file.Length];
        file.ReadExactly(0, image);
        if (image.Length < HeaderBytes)
            throw new StorageCorruptException(FileName, 0, "the list is cut");
        using BinaryReader reader = new(new MemoryStream(image));
        Applied = Durable = new LogPosition(new Term(reader.ReadInt64()), new LogIndex(reader.ReadInt64()));
        int count = reader.ReadInt32();
        for (int i = 0; i < count; i++)
            _commands.Add(reader.ReadBytes(reader.ReadInt32()));
    }
}
