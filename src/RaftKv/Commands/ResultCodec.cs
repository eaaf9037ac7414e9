using System.Buffers;
using System.Diagnostics;
using RaftKv.Transactions;

namespace RaftKv.Commands;

/// <summary>Results of commands as bytes, from the state machine back to whoever proposed the command.</summary>
/// <remarks>Versioned and validated as commands are (<see cref="CommandCodec"/>).</remarks>
internal static class ResultCodec
{
    public const byte Version = 1;

    private const byte NothingTag = 0;
    private const byte PutTag = 1;
    private const byte DeleteTag = 2;
    private const byte RangeTag = 3;
    private const byte TransactionTag = 4;

    public static ReadOnlyMemory<byte> Write(StoreResult result)
    {
        WireWriter writer = new(48);
        writer.Byte(Version);
        writer.Byte((byte)result.Status);
        writer.Varint(result.Revision);
        writer.Varint(result.CompactedRevision);
        writer.Fixed(result.RequestedRevision);
        if (result.Operation is null)
            writer.Byte(NothingTag);
        else
            WriteOperation(writer, result.Operation);
        return writer.Detach();
    }

    public static OperationStatus TryRead(ReadOnlyMemory<byte> source, out StoreResult? result)
    {
        WireReader reader = new(source);
        result = null;
        if (reader.Byte() != Version)
            return OperationStatus.InvalidData;
        StoreStatus status = (StoreStatus)reader.Byte();
        if (status is < StoreStatus.Applied or > StoreStatus.Malformed)
            return OperationStatus.InvalidData;
        StoreResult read = new()
        {
            Status = status,
            Revision = reader.Varint(long.MaxValue),
            CompactedRevision = reader.Varint(long.MaxValue),
            RequestedRevision = reader.Fixed(),
            Operation = ReadOptional(ref reader),
        };
        if (!reader.Complete)
            return OperationStatus.InvalidData;
        result = read;
        return OperationStatus.Done;
    }

    private static OperationResult? ReadOptional(ref WireReader reader)
    {
        byte tag = reader.Byte();
        return tag == NothingTag ? null : ReadOperation(ref reader, tag, 0);
    }

    private static void WriteOperation(WireWriter writer, OperationResult result)
    {
        switch (result)
        {
            case PutResult put:
                writer.Byte(PutTag);
                writer.Varint(put.Revision);
                WritePairs(writer, put.Previous is null ? [] : [put.Previous]);
                break;
            case DeleteResult delete:
                writer.Byte(DeleteTag);
                writer.Varint(delete.Revision);
                writer.Varint(delete.Deleted);
                WritePairs(writer, delete.Previous);
                break;
            case RangeResult range:
                writer.Byte(RangeTag);
                writer.Varint(range.Revision);
                writer.Varint(range.Count);
                writer.Flag(range.More);
                WritePairs(writer, range.Items);
                break;
            case TransactionResult transaction:
                writer.Byte(TransactionTag);
                writer.Varint(transaction.Revision);
                writer.Flag(transaction.Succeeded);
                writer.Varint(transaction.Results.Count);
                foreach (OperationResult inner in transaction.Results)
                    WriteOperation(writer, inner);
                break;
            default:
                throw new UnreachableException();
        }
    }

    private static OperationResult? ReadOperation(ref WireReader reader, byte tag, int depth)
    {
        long revision = reader.Varint(long.MaxValue);
        switch (tag)
        {
            case PutTag:
                List<KeyValue> replaced = ReadPairs(ref reader, 1);
                return new PutResult { Revision = revision, Previous = replaced.Count == 1 ? replaced[0] : null };
            case DeleteTag:
                long deleted = reader.Varint(long.MaxValue);
                return new DeleteResult { Revision = revision, Deleted = deleted, Previous = ReadPairs(ref reader, int.MaxValue) };
            case RangeTag:
                long count = reader.Varint(long.MaxValue);
                bool more = reader.Flag();
                return new RangeResult { Revision = revision, Count = count, More = more, Items = ReadPairs(ref reader, int.MaxValue) };
            case TransactionTag when depth < CommandCodec.DepthMax:
                bool succeeded = reader.Flag();
                return new TransactionResult { Revision = revision, Succeeded = succeeded, Results = ReadResults(ref reader, depth + 1) };
            default:
                reader.Fail();
                return null;
        }
    }

    private static List<OperationResult> ReadResults(ref WireReader reader, int depth)
    {
        int count = reader.Count(CommandCodec.ListMax);
        List<OperationResult> results = new(Math.Min(count, CommandCodec.TrustedCapacity));
        for (int i = 0; i < count && !reader.Failed; i++)
        {
            if (ReadOperation(ref reader, reader.Byte(), depth) is { } result)
                results.Add(result);
        }
        return results;
    }

    private static void WritePairs(WireWriter writer, IReadOnlyList<KeyValue> pairs)
    {
        writer.Varint(pairs.Count);
        foreach (KeyValue pair in pairs)
        {
            writer.Bytes(pair.Key.Span);
            writer.Bytes(pair.Value.Span);
            writer.Varint(pair.CreateRevision);
            writer.Varint(pair.ModRevision);
            writer.Varint(pair.Version);
        }
    }

    private static List<KeyValue> ReadPairs(ref WireReader reader, int max)
    {
        int count = reader.Count(max);
        List<KeyValue> pairs = new(Math.Min(count, CommandCodec.TrustedCapacity));
        for (int i = 0; i < count && !reader.Failed; i++)
        {
            pairs.Add(new KeyValue
            {
                Key = reader.Bytes(),
                Value = reader.Bytes(),
                CreateRevision = reader.Varint(long.MaxValue),
                ModRevision = reader.Varint(long.MaxValue),
                Version = reader.Varint(long.MaxValue),
            });
        }
        return pairs;
    }
}
