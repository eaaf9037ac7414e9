using RaftKv.Storage.Mvcc;
using RaftKv.Watch;

namespace RaftKv.Commands;

/// <summary>Translates between the façade's words and the store's.</summary>
internal static class Queries
{
    private static readonly byte[] NoEnd = [0];

    // Where a range that holds nothing begins and ends. Not one zero byte: as an end that would mean that there is none.
    private static readonly byte[] Nowhere = [1];

    public static RangeQuery Range(KeyRange keys, long revision, int limit, bool keysOnly) => new()
    {
        Key = Start(keys),
        RangeEnd = End(keys),
        Revision = revision,
        Limit = limit,
        KeysOnly = keysOnly,
    };

    public static RangeQuery Count(KeyRange keys, long revision) =>
        new() { Key = Start(keys), RangeEnd = End(keys), Revision = revision, CountOnly = true };

    /// <summary>The start of a range as the store writes it.</summary>
    public static ReadOnlyMemory<byte> Start(KeyRange keys) => IsAmbiguous(keys) ? Nowhere : keys.Start;

    /// <summary>The end of a range as the store writes it: none for a single key, one zero byte for no end.</summary>
    public static ReadOnlyMemory<byte> End(KeyRange keys)
    {
        if (keys.IsSingle)
            return default;
        if (keys.End is not { } end)
            return NoEnd;
        return IsAmbiguous(keys) ? Nowhere : end;
    }

    public static RangeResult Result(Storage.Mvcc.RangeResult found, long revision) =>
        new() { Revision = revision, Items = Pairs(found.Items), Count = found.Count, More = found.More };

    public static KeyValue[] Pairs(IReadOnlyList<Storage.Mvcc.KeyValue> found)
    {
        KeyValue[] pairs = new KeyValue[found.Count];
        for (int i = 0; i < pairs.Length; i++)
            pairs[i] = Pair(found[i]);
        return pairs;
    }

    public static KeyValue Pair(Storage.Mvcc.KeyValue found) => new()
    {
        Key = found.Key,
        Value = found.Value,
        CreateRevision = found.CreateRevision,
        ModRevision = found.ModRevision,
        Version = found.Version,
    };

    public static WatchEvent Event(StoreChange change) => new()
    {
        Kind = change.Kind == ChangeKind.Put ? WatchEventKind.Put : WatchEventKind.Delete,
        Key = change.Current.Key,
        Revision = change.Revision,
        Current = change.Kind == ChangeKind.Put ? Pair(change.Current) : null,
        Previous = change.Previous is null ? null : Pair(change.Previous),
    };

    // An end that the store would take for none, or for a single key, is at or before every start: the range holds nothing.
    private static bool IsAmbiguous(KeyRange keys) =>
        !keys.IsSingle && keys.End is { } end && (end.IsEmpty || (end.Length == 1 && end.Span[0] == 0));
}
