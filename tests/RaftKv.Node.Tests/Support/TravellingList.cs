using RaftKv.Raft;
using RaftKv.Storage;
using RaftKv.Storage.Disk;

namespace RaftKv.Node.Tests.Support;

/// <summary>A <see cref="ListMachine"/> whose state can travel: its image, as a checkpoint writes it.</summary>
internal class TravellingList : ListMachine, ISnapshotMachine
{
    private readonly IStorageDirectory _directory;

    public TravellingList(IStorageDirectory directory, int commandsPerCheckpoint)
        : base(directory, commandsPerCheckpoint) => _directory = directory;

    public int Installed { get; private set; }

    /// <summary>Whether what it gives is damaged, unnoticed by itself.</summary>
    public bool GivesDamaged { get; set; }

    public IMachineSnapshot OpenSnapshot() => new Opened(Applied, GivesDamaged ? Image()[1..] : Image(), Image().Length);

    public IMachineReceiver BeginReceive() => new Receiver(this, _directory);

    private sealed class Opened(LogPosition position, byte[] image, int length) : IMachineSnapshot
    {
        public LogPosition Position => position;

        public long? Length => length;

        public int Read(long offset, Span<byte> destination)
        {
            int count = (int)Math.Min(destination.Length, image.Length - offset);
            image.AsSpan((int)offset, count).CopyTo(destination);
            return count;
        }

        public void Dispose()
        {
        }
    }

    private sealed class Receiver(TravellingList machine, IStorageDirectory directory) : IMachineReceiver
    {
        private const string Incoming = "incoming";

        private IStorageFile? _file;
        private long _length;

        public void Begin(long? length)
        {
            Dispose();
            if (directory.Exists(Incoming))
                directory.Delete(Incoming);
            _file = directory.Create(Incoming);
            _length = length!.Value;
        }

        public void Write(long offset, ReadOnlySpan<byte> bytes) => _file!.Write(offset, bytes);

        public void Verify()
        {
            if (_file!.Length != _length)
                throw new StorageCorruptException(Incoming, 0, "the list is cut");
            _file.Flush();
            Dispose();
        }

        public void Install()
        {
            directory.Rename(Incoming, FileName);
            directory.Flush();
            machine.Reload();
            machine.Installed++;
        }

        public void Dispose()
        {
            _file?.Dispose();
            _file = null;
        }
    }
}
