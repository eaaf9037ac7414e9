namespace RaftKv.Storage.Pages;

/// <summary>
/// Who reads what: two ages. A snapshot keeps page numbers from being reused, for as long as a transaction lives; an access keeps
/// frames from being reused, for one operation. Readers announce with a store and a fence; nobody waits for anybody.
/// </summary>
internal sealed class ReaderRegistry
{
    private readonly Lock _growing = new();
    private ReaderSlot[] _slots = NewSlots(16);
    private long _epoch = 1;

    /// <summary>The present epoch; it advances after frames were unlinked.</summary>
    public long Epoch => Volatile.Read(ref _epoch);

    public void Advance() => Interlocked.Increment(ref _epoch);

    /// <summary>Takes a free slot, making more when all are taken.</summary>
    public ReaderSlot Acquire()
    {
        while (true)
        {
            ReaderSlot[] slots = Volatile.Read(ref _slots);
            int start = Environment.CurrentManagedThreadId;
            for (int i = 0; i < slots.Length; i++)
            {
                ReaderSlot slot = slots[(start + i) % slots.Length];
                if (Volatile.Read(ref slot.Taken) == 0 && Interlocked.CompareExchange(ref slot.Taken, 1, 0) == 0)
                    return slot;
            }
            lock (_growing)
            {
                if (ReferenceEquals(_slots, slots))
                    Volatile.Write(ref _slots, [.. slots, .. NewSlots(slots.Length)]);
            }
        }
    }

    public static void Release(ReaderSlot slot)
    {
        Volatile.Write(ref slot.Access, ReaderSlot.Idle);
        Volatile.Write(ref slot.Held, 0);
        Volatile.Write(ref slot.Snapshot, ReaderSlot.Idle);
        Volatile.Write(ref slot.Taken, 0);
    }

    /// <summary>The oldest snapshot held, or <paramref name="current"/> when none is older.</summary>
    public long OldestSnapshot(long current)
    {
        Interlocked.MemoryBarrier();
        foreach (ReaderSlot slot in Volatile.Read(ref _slots))
            current = Math.Min(current, Volatile.Read(ref slot.Snapshot));
        return current;
    }

    /// <summary>The oldest epoch at which a reader may still touch frames.</summary>
    public long OldestAccess()
    {
        Interlocked.MemoryBarrier();
        long oldest = Epoch;
        foreach (ReaderSlot slot in Volatile.Read(ref _slots))
            oldest = Math.Min(oldest, Volatile.Read(ref slot.Access));
        return oldest;
    }

    /// <summary>Lists the frames that idle readers hold on to.</summary>
    public void ListHeld(List<long> frames)
    {
        frames.Clear();
        foreach (ReaderSlot slot in Volatile.Read(ref _slots))
        {
            long frame = Volatile.Read(ref slot.Held);
            if (frame != 0)
                frames.Add(frame);
        }
    }

    /// <summary>How many slots are taken.</summary>
    public int Count()
    {
        int count = 0;
        foreach (ReaderSlot slot in Volatile.Read(ref _slots))
            count += Volatile.Read(ref slot.Taken);
        return count;
    }

    private static ReaderSlot[] NewSlots(int count)
    {
        var slots = new ReaderSlot[count];
        for (int i = 0; i < count; i++)
            slots[i] = new ReaderSlot();
        return slots;
    }
}
