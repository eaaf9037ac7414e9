using System.Buffers.Binary;
using System.Text;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Storage;
using RaftKv.Storage.Disk;

namespace RaftKv.Node.Persistence;

/// <summary>The file <c>identity</c> of a data directory.</summary>
/// <remarks>
/// <code>
/// offset  bytes  what
///      0      4  magic, 0x44494B52 ("RKID")
///      4      2  version of the data directory, 1
///      6      2  length of the cluster's name
///      8      8  node id
///     16      8  incarnation
///     24      n  the cluster's name in ASCII
///   24+n      4  CRC-32C of everything before
/// </code>
/// It is written under another name, flushed and renamed, so it is there whole or not at all: a crash during a first start leaves
/// a directory that starts afresh. <c>identity.next</c> has the same form: there is one while the directory passes into another cluster
/// (<see cref="ForcedStart"/>).
/// </remarks>
internal static class IdentityFile
{
    public const string Name = "identity";

    public const string NextName = "identity.next";

    public const string TemporaryName = "identity.new";

    private const uint Magic = 0x44494B52;
    private const ushort Version = 1;
    private const int FixedBytes = 24;
    private const int ChecksumBytes = 4;
    private const int BytesMax = FixedBytes + 255 + ChecksumBytes;

    /// <summary>Writes the identity of a directory that has none.</summary>
    public static void Create(IStorageDirectory directory, NodeIdentity identity) => Write(directory, identity, Name);

    /// <summary>Says durably which identity is to take the place of the present one.</summary>
    public static void Announce(IStorageDirectory directory, NodeIdentity next) => Write(directory, next, NextName);

    /// <summary>Puts the identity that was announced in the place of the present one.</summary>
    public static void TakeNext(IStorageDirectory directory)
    {
        directory.Rename(NextName, Name);
        directory.Flush();
    }

    /// <summary>Reads the identity of a directory; null when it has none yet.</summary>
    /// <exception cref="StorageCorruptException">The file is not what was written.</exception>
    /// <exception cref="RaftKvException">The directory was written by a later version.</exception>
    public static NodeIdentity? Read(IStorageDirectory directory) => Read(directory, Name);

    /// <summary>Reads the identity that was announced; null when none was.</summary>
    /// <exception cref="StorageCorruptException">The file is not what was written.</exception>
    /// <exception cref="RaftKvException">The directory was written by a later version.</exception>
    public static NodeIdentity? ReadNext(IStorageDirectory directory) => Read(directory, NextName);

    private static void Write(IStorageDirectory directory, NodeIdentity identity, string name)
    {
        if (directory.Exists(TemporaryName))
            directory.Delete(TemporaryName);
        using (IStorageFile file = directory.Create(TemporaryName))
        {
            file.Write(0, Encode(identity));
            file.Flush();
        }
        directory.Rename(TemporaryName, name);
        directory.Flush();
    }

    private static NodeIdentity? Read(IStorageDirectory directory, string name)
    {
        if (!directory.Exists(name))
            return null;
        string path = Path.Combine(directory.Path, name);
        using IStorageFile file = directory.Open(name);
        if (file.Length is < FixedBytes + ChecksumBytes or > BytesMax)
            throw new StorageCorruptException(path, 0, $"an identity of {file.Length} bytes cannot be right");
        byte[] bytes = new byte[file.Length];
        file.ReadExactly(0, bytes);
        return Decode(bytes, path);
    }

    private static byte[] Encode(NodeIdentity identity)
    {
        byte[] bytes = new byte[FixedBytes + identity.ClusterId.Length + ChecksumBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4), Version);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(6), (ushort)identity.ClusterId.Length);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), identity.NodeId.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(16), identity.Incarnation);
        Encoding.ASCII.GetBytes(identity.ClusterId, bytes.AsSpan(FixedBytes));
        int contentBytes = bytes.Length - ChecksumBytes;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(contentBytes), Crc32C.Compute(bytes.AsSpan(0, contentBytes)));
        return bytes;
    }

    private static NodeIdentity Decode(ReadOnlySpan<byte> bytes, string path)
    {
        ReadOnlySpan<byte> content = bytes[..^ChecksumBytes];
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[^ChecksumBytes..]) != Crc32C.Compute(content))
            throw new StorageCorruptException(path, 0, "the checksum of the identity does not hold");
        if (BinaryPrimitives.ReadUInt32LittleEndian(content) != Magic)
            throw new StorageCorruptException(path, 0, "this is not an identity file");
        ushort version = BinaryPrimitives.ReadUInt16LittleEndian(content[4..]);
        if (version != Version)
        {
            throw new RaftKvException($"The directory {path} has format {version}, but this version reads format {Version}.",
                WriteOutcome.NotApplied) { Error = RaftKvError.WrongDirectory };
        }
        if (BinaryPrimitives.ReadUInt16LittleEndian(content[6..]) != content.Length - FixedBytes)
            throw new StorageCorruptException(path, 6, "the length of the cluster's name does not fit the file");
        return new NodeIdentity(
            Encoding.ASCII.GetString(content[FixedBytes..]),
            new NodeId(BinaryPrimitives.ReadInt64LittleEndian(content[8..])),
            BinaryPrimitives.ReadUInt64LittleEndian(content[16..]));
    }
}
