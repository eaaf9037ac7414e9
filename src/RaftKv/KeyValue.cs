using System.Text;

namespace RaftKv;

/// <summary>One key with its value and its history in numbers, as it stood at one revision.</summary>
/// <remarks>The bytes are a copy of the store's: they stay valid and unchanged for as long as the object lives.</remarks>
public sealed class KeyValue
{
    /// <summary>The key, 1 byte up to <see cref="KeyValueStoreOptions.KeyBytesMax"/>.</summary>
    public required ReadOnlyMemory<byte> Key { get; init; }

    /// <summary>The value; may be empty, and is empty when only keys were asked for.</summary>
    public ReadOnlyMemory<byte> Value { get; init; }

    /// <summary>Store revision at which this incarnation of the key was created.</summary>
    public required long CreateRevision { get; init; }

    /// <summary>Store revision of the last put to the key; equal to <see cref="CreateRevision"/> after the first.</summary>
    public required long ModRevision { get; init; }

    /// <summary>Number of puts since the key was created, from 1; a deletion starts it afresh.</summary>
    public required long Version { get; init; }

    /// <summary>The key read as UTF-8.</summary>
    public string KeyText => Encoding.UTF8.GetString(Key.Span);

    /// <summary>The value read as UTF-8.</summary>
    public string ValueText => Encoding.UTF8.GetString(Value.Span);

    /// <summary>Key, version and revision, for logs; the value is left out because it may be large or secret.</summary>
    public override string ToString() => $"{KeyText} (version {Version}, revision {ModRevision})";
}
