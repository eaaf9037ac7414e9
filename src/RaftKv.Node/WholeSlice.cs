using System.Security.Cryptography;

namespace RaftKv.Node;

/// <summary>The one slice of a machine whose state is small enough to be copied out: its SHA-256.</summary>
/// <param name="state">The whole state in a form that is the same on all members. Not changed by anybody any more.</param>
public sealed class WholeSlice(ReadOnlyMemory<byte> state) : IMachineSlice
{
    /// <inheritdoc/>
    public SliceDigest Compute() => new(SHA256.HashData(state.Span), default);

    /// <inheritdoc/>
    public void Dispose()
    {
        // The copy is the collector's.
    }
}
