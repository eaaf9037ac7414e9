namespace RaftKv.Storage.Pages;

/// <summary>What a page holds; byte 4 of every page but the pages of a value run, which are bare bytes.</summary>
internal enum PageKind : byte
{
    None = 0,
    Leaf = 1,
    Branch = 2,
    FreeList = 3,
}
