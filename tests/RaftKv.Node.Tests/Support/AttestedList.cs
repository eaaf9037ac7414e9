using System.Buffers.Binary;
using System.Security.Cryptography;
using RaftKv.Storage.Disk;

namespace RaftKv.Node.Tests.Support;

/// <summary>A <see cref="TravellingList"/> whose commands can be compared, a few in each slice.</summary>
internal sealed class AttestedList(IStorageDirectory directory, int commandsPerCheckpoint = 25)
    : TravellingList(directory, commandsPerCheckpoint), IAttestedMachine
{
    private const int SliceCommands = 8;

    /// <summary>Looks at each digest before it is given away, and may change it or throw.</summary>
    public Func<byte[], byte[]>? Alters { get; set; }

    public int SlicesOpened { get; private set; }

    public IMachineSlice OpenSlice(ReadOnlyMemory<byte> from, int format)
    {
        SlicesOpened++;
        int first = from.IsEmpty ? 0 : BinaryPrimitives.ReadInt32LittleEndian(from.Span);
        byte[][] commands = Commands;
        int end = Math.Min(first + SliceCommands, commands.Length);
        byte[] next = [];
        if (end < commands.Length)
            BinaryPrimitives.WriteInt32LittleEndian(next = new byte[sizeof(int)], end);
        byte[] bytes = [.. commands[Math.Min(first, end)..end].SelectMany(command => command), .. next];
        return new Slice(() => new SliceDigest(Alters is { } alters ? alters(SHA256.HashData(bytes)) : SHA256.HashData(bytes), next));
    }

    private sealed class Slice(Func<SliceDigest> compute) : IMachineSlice
    {
        public SliceDigest Compute() => compute();

        public void Dispose()
        {
        }
    }
}
