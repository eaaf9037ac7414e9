namespace RaftKv;

/// <summary>What a deletion returns besides its count.</summary>
public sealed class DeleteOptions
{
    /// <summary>Whether the deleted pairs are returned.</summary>
    /// <value>Default false, which spares reading and carrying the old values.</value>
    public bool ReturnPrevious { get; init; }
}
