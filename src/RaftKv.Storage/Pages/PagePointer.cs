namespace RaftKv.Storage.Pages;

/// <summary>A page and the checksum its bytes must have. The checksum lives with whoever points, never in the page itself.</summary>
/// <param name="Page">Number of the page; its bytes begin at number times page size. 0 points nowhere.</param>
/// <param name="Checksum">CRC-32C of the page; 0 while the page has not been written, see <see cref="PageTable"/>.</param>
internal readonly record struct PagePointer(uint Page, uint Checksum)
{
    public static readonly PagePointer None;

    public bool IsNone => Page == 0;
}
