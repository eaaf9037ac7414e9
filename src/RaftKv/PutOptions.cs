namespace RaftKv;

/// <summary>What a put returns besides its revision.</summary>
public sealed class PutOptions
{
    /// <summary>Whether the pair that the put replaced is returned.</summary>
    /// <value>Default false, which spares reading and carrying the old value.</value>
    public bool ReturnPrevious { get; init; }
}
