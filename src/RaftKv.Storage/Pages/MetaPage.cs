using System.Buffers.Binary;

namespace RaftKv.Storage.Pages;

/// <summary>
/// One of the two roots of trust at the head of the file: where the trees, the free list and the owner's numbers are as of one checkpoint.
/// </summary>
/// <remarks>
/// Checkpoint n writes slot n mod 2 after everything it points at is durable, so that a crash at any moment leaves the other one whole.
/// </remarks>
internal sealed class MetaPage
{
    /// <summary>Distance between the two metas, so that no sector holds both.</summary>
    public const int SlotBytes = 4096;

    /// <summary>Bytes written; one sector.</summary>
    public const int Bytes = 512;

    public const int TreeCount = 8;
    public const int MarkCount = 16;
    public const uint Version = 2;
    public const uint VersionMin = 1;

    /// <summary>The mark that counts the pages of large values; the others belong to the layer above.</summary>
    public const int RunPagesMark = MarkCount - 1;

    private const ulong Magic = 0x31_52_54_53_56_4B_46_52;   // "RFKVSTR1" read as little endian
    private const int TreesAt = 64;
    private const int MarksAt = TreesAt + TreeCount * 16;
    private const int ChecksumAt = Bytes - 4;

    public required int PageSizeBytes { get; init; }

    /// <summary>Number of the checkpoint, from 1; the larger of two valid metas counts.</summary>
    public required long Sequence { get; init; }

    /// <summary>Number of the newest transaction inside.</summary>
    public required long Transaction { get; init; }

    /// <summary>Pages at or beyond this number were never used.</summary>
    public required uint PageCount { get; init; }

    public required PagePointer FreeList { get; init; }

    /// <summary>Roots of the trees, with the number of entries in each.</summary>
    public required TreeRoot[] Trees { get; init; }

    /// <summary>Numbers of the layer above, opaque here.</summary>
    public required long[] Marks { get; init; }

    public void Write(Span<byte> destination)
    {
        destination = destination[..Bytes];
        destination.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(destination, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[8..], Version);
        BinaryPrimitives.WriteInt32LittleEndian(destination[12..], PageSizeBytes);
        BinaryPrimitives.WriteInt64LittleEndian(destination[16..], Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(destination[24..], Transaction);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[32..], PageCount);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[36..], FreeList.Page);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[40..], FreeList.Checksum);
        for (int i = 0; i < TreeCount; i++)
        {
            Span<byte> tree = destination[(TreesAt + i * 16)..];
            BinaryPrimitives.WriteUInt32LittleEndian(tree, Trees[i].Root.Page);
            BinaryPrimitives.WriteUInt32LittleEndian(tree[4..], Trees[i].Root.Checksum);
            BinaryPrimitives.WriteInt64LittleEndian(tree[8..], Trees[i].Count);
        }
        for (int i = 0; i < MarkCount; i++)
            BinaryPrimitives.WriteInt64LittleEndian(destination[(MarksAt + i * 8)..], Marks[i]);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[ChecksumAt..], PageChecksum.Of(destination[..ChecksumAt]));
    }

    /// <summary>Decodes a meta; null when the bytes are not one (torn, foreign, or never written).</summary>
    /// <exception cref="StorageCorruptException">A whole meta of a format this version does not know.</exception>
    public static MetaPage? TryRead(ReadOnlySpan<byte> source, string file, long offset)
    {
        source = source[..Bytes];
        if (BinaryPrimitives.ReadUInt64LittleEndian(source) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(source[ChecksumAt..]) != PageChecksum.Of(source[..ChecksumAt]))
            return null;
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(source[8..]);
        if (version is < VersionMin or > Version)
        {
            throw new StorageCorruptException(file, offset,
                $"the file has format version {version}; this library knows versions {VersionMin} to {Version}");
        }
        var trees = new TreeRoot[TreeCount];
        for (int i = 0; i < TreeCount; i++)
        {
            ReadOnlySpan<byte> tree = source[(TreesAt + i * 16)..];
            trees[i] = new TreeRoot(new PagePointer(BinaryPrimitives.ReadUInt32LittleEndian(tree),
                BinaryPrimitives.ReadUInt32LittleEndian(tree[4..])), BinaryPrimitives.ReadInt64LittleEndian(tree[8..]));
        }
        var marks = new long[MarkCount];
        for (int i = 0; i < MarkCount; i++)
            marks[i] = BinaryPrimitives.ReadInt64LittleEndian(source[(MarksAt + i * 8)..]);
        var meta = new MetaPage
        {
            PageSizeBytes = BinaryPrimitives.ReadInt32LittleEndian(source[12..]),
            Sequence = BinaryPrimitives.ReadInt64LittleEndian(source[16..]),
            Transaction = BinaryPrimitives.ReadInt64LittleEndian(source[24..]),
            PageCount = BinaryPrimitives.ReadUInt32LittleEndian(source[32..]),
            FreeList = new PagePointer(BinaryPrimitives.ReadUInt32LittleEndian(source[36..]),
                BinaryPrimitives.ReadUInt32LittleEndian(source[40..])),
            Trees = trees,
            Marks = marks,
        };
        return meta.IsSane() ? meta : null;
    }

    private bool IsSane()
    {
        bool sane = PageSizeBytes is >= PageFile.PageSizeMin and <= PageFile.PageSizeMax && int.IsPow2(PageSizeBytes)
            && Sequence > 0 && Transaction >= 0 && FreeList.Page < PageCount;
        foreach (TreeRoot tree in Trees)
            sane = sane && tree.Count >= 0 && tree.Root.Page < PageCount;
        return sane;
    }
}
