using RaftKv.Storage.Pages;

namespace RaftKv.Storage.Trees;

/// <summary>All trees as of one published transaction. Immutable; readers hold one for as long as they read.</summary>
internal sealed class TreeState(long transaction, TreeRoot[] trees, long[] marks)
{
    public long Transaction => transaction;

    public TreeRoot[] Trees => trees;

    /// <summary>Numbers of the layer above.</summary>
    public long[] Marks => marks;
}
