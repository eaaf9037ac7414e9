using System.Buffers.Binary;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Raft.Membership;

namespace RaftKv.Testing.Network;

/// <summary>Opens states whose bytes follow from their identity and offset, so that they cost no memory whatever their length.</summary>
/// <param name="id">The identity of the state.</param>
/// <param name="position">The position it includes; a request for more is refused.</param>
/// <param name="length">Bytes; 0 or more.</param>
public sealed class PatternSnapshotSource(long id, LogPosition position, long length) : ISnapshotSource
{
    private const int BlockBytes = 64 * 1024;

    private static readonly byte[] Block = MakeBlock();

    private int _opened;
    private int _open;

    /// <summary>How many states were opened.</summary>
    public int Opened => Volatile.Read(ref _opened);

    /// <summary>How many states are open.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Whether the length is said before the end.</summary>
    /// <value>Default true.</value>
    public bool SaysLength { get; init; } = true;

    /// <summary>Called before each read with its offset; an exception from it fails the read.</summary>
    public Action<long>? Reading { get; set; }

    /// <summary>The bytes of a state.</summary>
    /// <param name="id">The state's identity.</param>
    /// <param name="offset">Where they begin.</param>
    /// <param name="destination">Filled whole.</param>
    public static void Fill(long id, long offset, Span<byte> destination)
    {
        Span<byte> number = stackalloc byte[sizeof(long)];
        while (destination.Length > 0)
        {
            int within = (int)(offset % BlockBytes);
            int count = Math.Min(destination.Length, BlockBytes - within);
            Block.AsSpan(within, count).CopyTo(destination);
            // Each block begins with its own number, so that no two are equal.
            BinaryPrimitives.WriteInt64LittleEndian(number, offset / BlockBytes * 31 + id);
            for (int i = within; i < number.Length && i - within < count; i++)
                destination[i - within] = number[i];
            destination = destination[count..];
            offset += count;
        }
    }

    ISnapshotReader? ISnapshotSource.Open(GroupId group, LogPosition atLeast)
    {
        if (atLeast.Index > position.Index)
            return null;
        Interlocked.Increment(ref _opened);
        Interlocked.Increment(ref _open);
        return new Reader(this);
    }

    private static byte[] MakeBlock()
    {
        byte[] block = new byte[BlockBytes];
        new SplittableRandom(1).NextBytes(block);
        return block;
    }

    private sealed class Reader(PatternSnapshotSource source) : ISnapshotReader
    {
        private int _disposed;

        public SnapshotDescription Description { get; } = new()
        {
            Id = source.Id,
            Position = source.Position,
            Configuration = new Configuration([new NodeId(1), new NodeId(2)]),
            Length = source.SaysLength ? source.Length : null,
        };

        public int Read(long offset, Span<byte> destination)
        {
            ObjectDisposedException.ThrowIf(_disposed != 0, this);
            source.Reading?.Invoke(offset);
            int count = (int)Math.Min(destination.Length, source.Length - offset);
            Fill(source.Id, offset, destination[..count]);
            return count;
        }

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
                Interlocked.Decrement(ref source._open);
        }
    }

    private long Id => id;

    private LogPosition Position => position;

    private long Length => length;
}
