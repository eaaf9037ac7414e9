using RaftKv.Storage.Pages;
using RaftKv.Storage.Trees;

namespace RaftKv.Storage.Mvcc;

/// <summary>
/// Entries of the revisions tree: (revision, order) to what happened and the user's key, which lies in a run when it is long.
/// </summary>
internal static class RevisionEntry
{
    public static void Put(TreeStore store, TreeTransaction transaction, ChangeKind kind, ReadOnlySpan<byte> key, long revision, int order)
    {
        bool isRun = 1 + key.Length > TreeLimits.InlineValueBytesMax(store.PageSizeBytes, HistoryKey.SuffixBytes);
        Span<byte> place = stackalloc byte[HistoryKey.SuffixBytes];
        HistoryKey.WriteSuffix(place, revision, order);
        Span<byte> what = stackalloc byte[1 + (isRun ? RunReference.Bytes : key.Length)];
        what[0] = (byte)kind;
        if (isRun)
            transaction.WriteRun(key).Write(what[1..]);
        else
            key.CopyTo(what[1..]);
        store.Writer.Put(transaction, MvccTree.Revisions, place, what, isRun);
    }

    public static ChangeKind Kind(TreeCursor revisions) => (ChangeKind)revisions.Value[0];

    /// <summary>Copies the key out of the entry that a cursor stands on, into a buffer that grows when it must.</summary>
    public static ReadOnlySpan<byte> CopyKey(TreeCursor revisions, PageFile file, ref byte[] buffer)
    {
        ReadOnlySpan<byte> key = revisions.Value[1..];
        int length = TreeValue.Length(key, revisions.IsRun);
        TreeValue.Copy(file, key, revisions.IsRun, Scratch.Reserve(ref buffer, length));
        return buffer.AsSpan(0, length);
    }
}
