using System.Runtime.InteropServices;

namespace RaftKv.Storage.Pages;

/// <summary>One reader's announcements, alone on its cache lines.</summary>
[StructLayout(LayoutKind.Explicit, Size = 192)]
internal sealed class ReaderSlot
{
    public const long Idle = long.MaxValue;

    /// <summary>
    /// Transaction whose root the reader holds; pages freed later are not reused while it stands. <see cref="Idle"/>: none.
    /// </summary>
    [FieldOffset(64)] public long Snapshot = Idle;

    /// <summary>
    /// Epoch at which the reader began to touch frames; frames unlinked since are not reused. <see cref="Idle"/>: touches none.
    /// </summary>
    [FieldOffset(72)] public long Access = Idle;

    /// <summary>The one frame that the reader goes on looking into while it is idle; 0: none.</summary>
    [FieldOffset(80)] public long Held;

    /// <summary>1 while some reader owns the slot.</summary>
    [FieldOffset(88)] public int Taken;
}
