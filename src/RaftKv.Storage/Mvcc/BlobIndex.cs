using RaftKv.Storage.Pages;
using RaftKv.Storage.Trees;

namespace RaftKv.Storage.Mvcc;

/// <summary>Named blobs beside the keys: no revision, no history.</summary>
internal static class BlobIndex
{
    public static byte[]? Get(VersionReader versions, ReadOnlySpan<byte> name)
    {
        versions.Reader.Pin();
        try
        {
            PagePointer root = versions.Trees[MvccTree.Blobs].Root;
            if (!TreeReader.TryGet(versions.Reader, root, name, out ReadOnlySpan<byte> value, out bool isRun))
                return null;
            var record = new VersionRecord { Value = value, IsRun = isRun };
            var blob = new byte[record.ValueLength];
            versions.CopyValue(record, blob);
            return blob;
        }
        finally
        {
            versions.Reader.Unpin();
        }
    }
}
