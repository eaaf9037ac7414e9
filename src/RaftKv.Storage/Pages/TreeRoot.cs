namespace RaftKv.Storage.Pages;

/// <summary>One tree as of one transaction.</summary>
/// <param name="Root">Its root page; none while the tree is empty.</param>
/// <param name="Count">How many entries it holds.</param>
internal readonly record struct TreeRoot(PagePointer Root, long Count);
