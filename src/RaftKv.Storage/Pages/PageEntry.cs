using System.Runtime.InteropServices;

namespace RaftKv.Storage.Pages;

/// <summary>What memory knows of one page number. Single bytes, because different threads own them.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
internal struct PageEntry
{
    /// <summary>Address of the page's frame; 0 when it is not cached. Unlinked before the frame is retired.</summary>
    public long Frame;

    /// <summary>Checksum of what this process wrote last at this page; valid while <see cref="Written"/> is not 0.</summary>
    public uint Checksum;

    /// <summary>
    /// Not 0 once this process has written the page's present content, so that <see cref="Checksum"/> speaks for it; see
    /// <see cref="PageSeals.Age"/>.
    /// </summary>
    public byte Written;

    /// <summary>1 while the only copy is in memory; such a frame is never evicted.</summary>
    public byte Dirty;

    /// <summary>1 while the file has the page without the checksums of its children, which a checkpoint has yet to add.</summary>
    public byte Unsealed;

    /// <summary>1 after a use; the clock clears it and evicts at 0.</summary>
    public byte Referenced;
}
