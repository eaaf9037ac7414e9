namespace RaftKv;

/// <summary>What a backup holds.</summary>
public sealed class BackupResult
{
    /// <summary>The newest revision in it.</summary>
    public required long Revision { get; init; }

    /// <summary>Its length in bytes.</summary>
    public required long Bytes { get; init; }
}
