using RaftKv.Raft;
using RaftKv.Storage.Mvcc;

namespace RaftKv.Storage.Tests.Mvcc;

/// <summary>Comparisons of what a store answers with what the model says.</summary>
internal static class Expect
{
    public static void Equal(KeyValue? expected, KeyValue? actual)
    {
        Assert.Equal(expected is null, actual is null);
        if (expected is null || actual is null)
            return;
        Assert.Equal(expected.Key.ToArray(), actual.Key.ToArray());
        Assert.True(expected.Value.Span.SequenceEqual(actual.Value.Span), "the value differs");
        Assert.Equal(expected.CreateRevision, actual.CreateRevision);
        Assert.Equal(expected.ModRevision, actual.ModRevision);
        Assert.Equal(expected.Version, actual.Version);
        Assert.Equal(expected.Lease, actual.Lease);
    }

    public static void SameRange(VersionModel model, MvccReadTransaction view, RangeQuery query)
    {
        RangeResult result = view.Range(query);
        long revision = query.Revision <= 0 ? model.Revision : query.Revision;
        List<KeyValue> expected = model.At(query, revision);
        Assert.Equal(RevisionStatus.Ok, result.Status);
        Assert.Equal(expected.Count, result.Count);
        int kept = query.Limit > 0 ? (int)Math.Min(query.Limit, expected.Count) : expected.Count;
        Assert.Equal(query.CountOnly ? 0 : kept, result.Items.Count);
        Assert.Equal(!query.CountOnly && kept < expected.Count, result.More);
        for (int i = 0; i < result.Items.Count; i++)
            Equal(expected[i], result.Items[i]);
    }

    public static void SameChanges(VersionModel model, MvccReadTransaction view, long from)
    {
        var seen = new List<StoreChange>();
        long next = from;
        while (next <= view.Revision)
        {
            ChangeBatch batch = view.ReadChanges(new ChangeQuery { FromRevision = next, BytesMax = 300, WithPrevious = true });
            Assert.Equal(RevisionStatus.Ok, batch.Status);
            Assert.True(batch.NextRevision > next);
            seen.AddRange(batch.Changes);
            next = batch.NextRevision;
        }
        List<StoreChange> expected = model.ChangesFrom(from).ToList();
        Assert.Equal(expected.Count, seen.Count);
        for (int i = 0; i < seen.Count; i++)
        {
            Assert.Equal(expected[i].Kind, seen[i].Kind);
            Assert.Equal(expected[i].Order, seen[i].Order);
            Equal(expected[i].Current, seen[i].Current);
            long before = expected[i].Revision - 1;
            Equal(before >= model.Compacted ? model.Get(expected[i].Current.Key.ToArray(), before) : null, seen[i].Previous);
        }
    }

    /// <summary>Compares a view with the model as it was when the view began.</summary>
    public static void SameView(VersionModel model, MvccReadTransaction view, MvccScenario scenario, SplittableRandom random)
    {
        Assert.Equal(model.Revision, view.Revision);
        Assert.Equal(model.Compacted, view.CompactedRevision);
        SameRange(model, view, new RangeQuery { Key = new byte[1], RangeEnd = new byte[1] });
        long oldest = Math.Max(1, model.Compacted);
        for (int i = 0; i < 4; i++)
        {
            long revision = oldest + random.Next(model.Revision - oldest + 1);
            RangeQuery range = scenario.Range(revision);
            int limit = random.Next(5);
            SameRange(model, view, new RangeQuery { Key = range.Key, RangeEnd = range.RangeEnd, Revision = revision, Limit = limit });
            SameRange(model, view, new RangeQuery { Key = range.Key, RangeEnd = range.RangeEnd, Revision = revision, CountOnly = true });
            SameRange(model, view, new RangeQuery { Key = new byte[1], RangeEnd = new byte[1], Revision = revision });
            byte[] key = scenario.Key();
            Equal(model.Get(key, long.MaxValue), view.Get(key));
        }
        SameChanges(model, view, oldest + random.Next(model.Revision - oldest + 1));
        for (long lease = -2; lease < 3; lease++)
        {
            if (lease == 0)
                continue;
            IEnumerable<string> attached = model.At(new RangeQuery { Key = new byte[1], RangeEnd = new byte[1] }, long.MaxValue)
                .Where(kv => kv.Lease == lease).Select(kv => Convert.ToHexString(kv.Key.Span));
            Assert.Equal(attached, view.KeysOfLease(lease).Select(key => Convert.ToHexString(key.Span)));
        }
    }
}
