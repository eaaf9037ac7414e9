using RaftKv.Raft;

namespace RaftKv.Storage.Tests.Wal;

/// <summary>Bytes that no compression shortens, the same for the same seed.</summary>
internal sealed class SplittableFill(ulong seed)
{
    private readonly SplittableRandom _random = new(seed);

    public void Fill(Span<byte> bytes) => _random.NextBytes(bytes);
}
