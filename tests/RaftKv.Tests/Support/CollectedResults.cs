using System.Buffers;
using RaftKv.Commands;
using RaftKv.Node;

namespace RaftKv.Tests.Support;

/// <summary>Takes the answers of a batch and reads them.</summary>
internal sealed class CollectedResults(int count) : ICommandResults
{
    private readonly StoreResult?[] _results = new StoreResult?[count];

    public StoreResult this[int index] => _results[index] ?? throw new InvalidOperationException($"Command {index} was not answered.");

    public bool IsAwaited(int index) => true;

    public void Set(int index, ReadOnlyMemory<byte> result)
    {
        Assert.Equal(OperationStatus.Done, ResultCodec.TryRead(result, out StoreResult? read));
        _results[index] = read;
    }
}
