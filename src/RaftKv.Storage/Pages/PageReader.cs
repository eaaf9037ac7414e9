using System.Runtime.CompilerServices;

namespace RaftKv.Storage.Pages;

/// <summary>One reader's hand on the cache. Bytes found between <see cref="Pin"/> and <see cref="Unpin"/> stay where they are.</summary>
/// <remarks>Not thread-safe: one reader, one thread at a time.</remarks>
internal sealed unsafe class PageReader(PageCache cache, ReaderRegistry registry, ReaderSlot slot)
{
    public PageCache Cache => cache;

    public ReaderSlot Slot => slot;

    public PageFile File { get; } = cache.File;

    /// <summary>Changes whenever addresses found before may no longer be used.</summary>
    public int Version { get; private set; }

    /// <summary>Begins an access, ending the one before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Pin()
    {
        Version++;
        Interlocked.Exchange(ref slot.Access, registry.Epoch);   // a fence: announced before any entry is read
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Unpin()
    {
        Version++;
        Volatile.Write(ref slot.Access, ReaderSlot.Idle);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public NodePage Get(PagePointer pointer) => new(cache.Get(pointer));
}
