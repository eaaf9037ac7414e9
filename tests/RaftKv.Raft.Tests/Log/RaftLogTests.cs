using RaftKv.Raft.Log;
using RaftKv.Raft.Membership;

namespace RaftKv.Raft.Tests.Log;

/// <summary>The log between memory and disk.</summary>
public sealed class RaftLogTests
{
    [Fact]
    public void An_entry_replaced_while_its_write_is_under_way_is_durable_only_after_the_second_write()
    {
        RaftLog log = NewLog();
        Append(log, 1, 3);
        Assert.Equal(3, TakeUnwritten(log, 1).Length);
        log.TruncateFrom(new LogIndex(2));
        Append(log, 2, 1);
        Assert.Equal(1, TakeUnwritten(log, 2).Length);
        log.Persisted(1);
        Assert.Equal(new LogIndex(1), log.Durable);
        log.Persisted(2);
        Assert.Equal(new LogIndex(2), log.Durable);
    }

    [Fact]
    public void A_slice_taken_before_a_truncation_keeps_its_entries()
    {
        RaftLog log = NewLog();
        Append(log, 1, 5);
        EntrySlice slice = log.Slice(new LogIndex(2), new LogIndex(5), long.MaxValue / 2);
        slice.Chunk!.Pin();
        log.TruncateFrom(new LogIndex(3));
        Append(log, 2, 5);
        Assert.All(slice.Entries.ToArray(), entry => Assert.Equal(new Term(1), entry.Term));
        Assert.Equal(new Term(2), log[new LogIndex(3)].Term);
    }

    [Fact]
    public void A_slice_holds_at_least_one_entry_and_no_more_bytes_than_allowed_beyond_it()
    {
        RaftLog log = NewLog();
        Append(log, 1, 10);
        int size = log[new LogIndex(1)].SizeBytes;
        Assert.Equal(1, log.Slice(new LogIndex(4), log.LastIndex, 1).Entries.Length);
        Assert.Equal(3, log.Slice(new LogIndex(4), log.LastIndex, 3 * size).Entries.Length);
        Assert.Equal(2, log.Slice(new LogIndex(4), log.LastIndex, 3 * size - 1).Entries.Length);
        Assert.Equal(7, log.Slice(new LogIndex(4), log.LastIndex, 100 * size).Entries.Length);
    }

    [Fact]
    public void The_window_forgets_old_entries_only_when_they_are_durable_and_may_go()
    {
        RaftLog log = NewLog();
        Append(log, 1, 3 * EntryChunk.EntriesMax);
        TakeUnwritten(log, 1);
        log.ShrinkWindow(0, log.LastIndex);
        Assert.Equal(new LogIndex(1), log.WindowFirst);
        log.Persisted(1);
        log.ShrinkWindow(0, new LogIndex(EntryChunk.EntriesMax));
        Assert.Equal(new LogIndex(EntryChunk.EntriesMax + 1), log.WindowFirst);
        log.ShrinkWindow(0, log.LastIndex);
        Assert.False(log.InWindow(log.LastIndex));
        Assert.Equal(0, log.BytesInMemory);
    }

    [Fact]
    public void Entries_that_are_not_committed_count_also_when_the_window_has_forgotten_them()
    {
        RaftLog log = NewLog();
        Append(log, 1, 10);
        long bytes = log.UncommittedBytes;
        TakeUnwritten(log, 1);
        log.Persisted(1);
        log.ShrinkWindow(0, log.LastIndex);
        Assert.Equal((0, bytes), (log.BytesInMemory, log.UncommittedBytes));
        log.CommittedTo(new LogIndex(5));
        Assert.Equal(bytes, log.UncommittedBytes);
        log.CommittedTo(log.LastIndex);
        Assert.Equal(0, log.UncommittedBytes);
    }

    [Fact]
    public void Long_entries_are_forgotten_a_few_at_a_time()
    {
        RaftLog log = NewLog();
        log.WantWindow(4096);
        for (int i = 1; i <= 100; i++)
            log.Append(new Entry(new LogPosition(new Term(1), new LogIndex(i)), EntryKind.Command, new byte[10_000]));
        TakeUnwritten(log, 1);
        log.Persisted(1);
        log.ShrinkWindow(100_000, log.LastIndex);
        Assert.InRange(log.BytesInMemory, 60_000, 100_000);
    }

    [Fact]
    public void Entries_that_lie_apart_in_memory_are_written_in_one_piece()
    {
        RaftLog log = NewLog();
        Append(log, 1, EntryChunk.EntriesMax - 2);
        TakeUnwritten(log, 1);
        Append(log, 1, 2 * EntryChunk.EntriesMax);
        ReadOnlySpan<Entry> batch = TakeUnwritten(log, 2).Span;
        Assert.Equal(2 * EntryChunk.EntriesMax, batch.Length);
        for (int i = 0; i < batch.Length; i++)
            Assert.Equal(EntryChunk.EntriesMax - 1 + i, batch[i].Index.Value);
    }

    private static ReadOnlyMemory<Entry> TakeUnwritten(RaftLog log, long number)
    {
        Entry[] joined = [];
        return log.TakeUnwritten(number, ref joined).Entries;
    }

    private static RaftLog NewLog() => new(new RaftRestore { Configuration = Configuration.Of(1) });

    private static void Append(RaftLog log, long term, int count)
    {
        for (int i = 0; i < count; i++)
            log.Append(new Entry(new LogPosition(new Term(term), log.LastIndex.Next), EntryKind.Command, new byte[8]));
    }
}
