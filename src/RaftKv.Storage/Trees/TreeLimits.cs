using RaftKv.Storage.Pages;

namespace RaftKv.Storage.Trees;

/// <summary>What fits a page of a size, so that any split leaves two pages, and what goes to runs instead.</summary>
internal static class TreeLimits
{
    /// <summary>Longest key of a tree in bytes; the layers above stay below it with what they add to the user's.</summary>
    public const int KeyBytesMax = 40 << 10;

    /// <summary>Bytes of a long key in its cell, for the smallest page size.</summary>
    public const int LongInlineBytesMin = PageFile.PageSizeMin / 16;

    private const int ValueRoom = 64;

    /// <summary>The most a key and its value may take together in a cell.</summary>
    public static int CellBytesMax(int pageSizeBytes) => (pageSizeBytes - NodePage.HeaderBytes) / 4 - NodePage.SlotBytes - 8;

    /// <summary>The longest key that a cell has whole.</summary>
    public static int InlineKeyBytesMax(int pageSizeBytes)
        => CellBytesMax(pageSizeBytes) - NodePage.LeafCellBytes - RunReference.Bytes - ValueRoom;

    /// <summary>How many bytes of a longer key are in its cell.</summary>
    public static int LongInlineBytes(int pageSizeBytes) => pageSizeBytes / 16;

    /// <summary>Bytes that a key takes in its cell.</summary>
    public static int StoredKeyBytes(int pageSizeBytes, int keyBytes)
        => keyBytes <= InlineKeyBytesMax(pageSizeBytes) ? keyBytes : LongInlineBytes(pageSizeBytes) + RunReference.Bytes;

    /// <summary>The most bytes of value that fit the cell of a key.</summary>
    public static int InlineValueBytesMax(int pageSizeBytes, int keyBytes)
        => CellBytesMax(pageSizeBytes) - NodePage.LeafCellBytes - StoredKeyBytes(pageSizeBytes, keyBytes);
}
