using RaftKv.Storage.Pages;

namespace RaftKv.Storage.Mvcc;

/// <summary>
/// A version as stored in the trees of keys and of history: variable-length numbers mod, order, mod minus create, version, lease
/// (zigzag), then the value or, in a run, its reference. Version 0 is a deletion.
/// </summary>
internal readonly ref struct VersionRecord
{
    /// <summary>Most bytes the numbers take.</summary>
    public const int HeaderBytesMax = 10 + 5 + 10 + 10 + 10;

    public long ModRevision { get; init; }

    public int Order { get; init; }

    public long CreateRevision { get; init; }

    public long Version { get; init; }

    public long Lease { get; init; }

    /// <summary>The value's bytes, or the reference to its run.</summary>
    public ReadOnlySpan<byte> Value { get; init; }

    public bool IsRun { get; init; }

    public bool IsDeletion => Version == 0;

    public static VersionRecord Parse(ReadOnlySpan<byte> bytes, bool isRun)
    {
        long mod = TakeNumber(ref bytes);
        int order = (int)TakeNumber(ref bytes);
        long create = mod - TakeNumber(ref bytes);
        long version = TakeNumber(ref bytes);
        ulong lease = (ulong)TakeNumber(ref bytes);
        return new VersionRecord
        {
            ModRevision = mod,
            Order = order,
            CreateRevision = version == 0 ? 0 : create,
            Version = version,
            Lease = (long)(lease >> 1) ^ -(long)(lease & 1),
            Value = bytes,
            IsRun = isRun,
        };
    }

    /// <summary>Writes everything but the value and returns the length.</summary>
    public int WriteHeader(Span<byte> destination)
    {
        int at = PutNumber(destination, (ulong)ModRevision);
        at += PutNumber(destination[at..], (ulong)Order);
        at += PutNumber(destination[at..], IsDeletion ? 0 : (ulong)(ModRevision - CreateRevision));
        at += PutNumber(destination[at..], (ulong)Version);
        return at + PutNumber(destination[at..], (ulong)((Lease << 1) ^ (Lease >> 63)));
    }

    public long ValueLength => IsRun ? RunReference.FromEnd(Value).Length : Value.Length;

    private static long TakeNumber(ref ReadOnlySpan<byte> bytes)
    {
        ulong number = 0;
        for (int i = 0; i < 10; i++)
        {
            byte part = bytes[i];
            number |= (ulong)(part & 0x7F) << (7 * i);
            if (part < 0x80)
            {
                bytes = bytes[(i + 1)..];
                return (long)number;
            }
        }
        throw new InvariantViolationException("a number in a record ends within ten bytes");
    }

    private static int PutNumber(Span<byte> destination, ulong number)
    {
        int at = 0;
        for (; number >= 0x80; number >>= 7)
            destination[at++] = (byte)(number | 0x80);
        destination[at++] = (byte)number;
        return at;
    }
}
