using System.Runtime.CompilerServices;

namespace RaftKv.Storage.Pages;

/// <summary>One reader's hand on the cache. Bytes found between <see cref="Pin"/> and <see cref="Unpin"/> stay where they are.</summary>
/// <remarks>Not thread-safe: one reader, one thread at a time.</remarks>
internal sealed unsafe class PageReader(PageCache cache, ReaderRegistry registry, ReaderSlot slot)
{
    private bool _hasEnded;

    public PageCache Cache => cache;

    public ReaderSlot Slot => slot;

    public PageFile File { get; } = cache.File;

    /// <summary>Changes whenever addresses found before may no longer be used.</summary>
    public int Version { get; private set; }

    /// <summary>Begins an access, ending the one before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Pin()
    {
        ObjectDisposedException.ThrowIf(_hasEnded, this);
        Version++;
        Interlocked.Exchange(ref slot.Access, registry.Epoch);   // a fence: announced before any entry is read
    }

    /// <summary>Ends an access but keeps one page where it is, until the next access ends; what was found there before may still be used.</summary>
    /// <remarks>So a reader may stand on a page for as long as it likes and keeps no other from being evicted.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Rest(NodePage page)
    {
        Volatile.Write(ref slot.Held, (long)page.At);
        Volatile.Write(ref slot.Access, ReaderSlot.Idle);    // in this order: see FramePool.FreeRetired
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Unpin()
    {
        Version++;
        Volatile.Write(ref slot.Held, 0);
        Volatile.Write(ref slot.Access, ReaderSlot.Idle);
    }

    /// <summary>Gives the slot back, which may be another reader's at once: so there is no access any more, and what was found is void.</summary>
    public void End()
    {
        _hasEnded = true;
        Version++;
        ReaderRegistry.Release(slot);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public NodePage Get(PagePointer pointer)
    {
        Invariant.Check(slot.Access != ReaderSlot.Idle);    // or the page's memory could become another's
        byte* found = cache.Find(pointer.Page);
        return new NodePage(found != null ? found : Load(pointer));
    }

    // An access that ends in an exception should not keep others from memory until its owner is disposed.
    private byte* Load(PagePointer pointer)
    {
        try
        {
            return cache.Load(pointer, slot);
        }
        catch
        {
            Unpin();
            throw;
        }
    }
}
