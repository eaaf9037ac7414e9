namespace RaftKv.Storage.Mvcc;

/// <summary>Orders the result of a range; equal ones stay in key order.</summary>
internal static class RangeSort
{
    public static List<KeyValue> Sort(List<KeyValue> items, RangeQuery query)
    {
        Comparison<KeyValue> compare = Comparer(query.Target);
        int sign = query.Order == RangeOrder.Descending ? -1 : 1;
        List<KeyValue> sorted = items.Order(Comparer<KeyValue>.Create((left, right) => sign * compare(left, right))).ToList();
        if (!query.KeysOnly || query.Target != RangeTarget.Value)
            return sorted;
        return sorted.ConvertAll(item => new KeyValue(item.Key, default, item.CreateRevision, item.ModRevision, item.Version, item.Lease));
    }

    private static Comparison<KeyValue> Comparer(RangeTarget target) => target switch
    {
        RangeTarget.Version => (left, right) => left.Version.CompareTo(right.Version),
        RangeTarget.CreateRevision => (left, right) => left.CreateRevision.CompareTo(right.CreateRevision),
        RangeTarget.ModRevision => (left, right) => left.ModRevision.CompareTo(right.ModRevision),
        RangeTarget.Value => (left, right) => left.Value.Span.SequenceCompareTo(right.Value.Span),
        _ => (left, right) => left.Key.Span.SequenceCompareTo(right.Key.Span),
    };
}
