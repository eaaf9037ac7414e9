using System.Buffers;
using System.Diagnostics;
using RaftKv.Transactions;

namespace RaftKv.Commands;

/// <summary>
/// Commands as bytes of a log entry. The first byte is the version of the language; a reader refuses versions it does not know. The
/// version is the machine's part of the log format: a newer one is written once it is active, and not before.
/// </summary>
/// <remarks>
/// After the version comes one tagged command. Keys, values and counts carry their length in front. Reading never throws and
/// never allocates more than a small multiple of the bytes it was given.
/// </remarks>
internal static class CommandCodec
{
    public const byte Version = 1;

    /// <summary>A transaction inside a transaction inside ... at most this deep; a little more than the largest allowed budget can nest.</summary>
    public const int DepthMax = 256;

    /// <summary>Most comparisons or operations in one list; far above every configurable limit.</summary>
    public const int ListMax = 1 << 16;

    /// <summary>Room made for a list before its items have been seen: a count alone must not ask for much memory.</summary>
    public const int TrustedCapacity = 16;

    private const byte PutTag = 1;
    private const byte DeleteTag = 2;
    private const byte RangeTag = 3;
    private const byte TransactionTag = 4;
    private const byte CompactTag = 5;

    public static ReadOnlyMemory<byte> Write(StoreCommand command)
    {
        WireWriter writer = new(Estimate(command));
        writer.Byte(Version);
        switch (command)
        {
            case CompactCommand compact:
                writer.Byte(CompactTag);
                writer.Fixed(compact.Revision);
                break;
            case OperationCommand operation:
                WriteOperation(writer, operation.Operation);
                break;
            default:
                throw new UnreachableException();
        }
        return writer.Detach();
    }

    public static OperationStatus TryRead(ReadOnlyMemory<byte> source, out StoreCommand? command)
    {
        WireReader reader = new(source);
        command = null;
        if (reader.Byte() != Version)
            return OperationStatus.InvalidData;
        byte tag = reader.Byte();
        StoreCommand? read = tag switch
        {
            CompactTag => new CompactCommand(reader.Fixed()),
            PutTag or DeleteTag or TransactionTag when ReadOperation(ref reader, tag, 0) is { } operation =>
                new OperationCommand(operation),
            _ => null,
        };
        if (read is null || !reader.Complete)
            return OperationStatus.InvalidData;
        command = read;
        return OperationStatus.Done;
    }

    private static int Estimate(StoreCommand command) => command is OperationCommand { Operation: PutOperation put }
        ? 3 + WireWriter.VarintLength((ulong)put.Key.Length) + put.Key.Length + 10 + put.Value.Length
        : 256;

    private static void WriteOperation(WireWriter writer, Operation operation)
    {
        switch (operation)
        {
            case PutOperation put:
                writer.Byte(PutTag);
                writer.Flag(put.ReturnPrevious);
                writer.Bytes(put.Key.Span);
                writer.Bytes(put.Value.Span);
                break;
            case DeleteOperation delete:
                writer.Byte(DeleteTag);
                writer.Flag(delete.ReturnPrevious);
                WriteRange(writer, delete.Keys);
                break;
            case RangeOperation range:
                writer.Byte(RangeTag);
                writer.Flag(range.KeysOnly);
                WriteRange(writer, range.Keys);
                writer.Varint(range.Limit);
                writer.Fixed(range.Revision);
                break;
            case TransactionOperation nested:
                writer.Byte(TransactionTag);
                WriteTransaction(writer, nested.Transaction);
                break;
            default:
                throw new UnreachableException();
        }
    }

    private static Operation? ReadOperation(ref WireReader reader, byte tag, int depth)
    {
        switch (tag)
        {
            case PutTag:
                bool putPrevious = reader.Flag();
                ReadOnlyMemory<byte> key = ReadKey(ref reader);
                ReadOnlyMemory<byte> value = reader.Bytes();
                return new PutOperation(key, value, putPrevious);
            case DeleteTag:
                bool deletePrevious = reader.Flag();
                return new DeleteOperation(ReadRange(ref reader), deletePrevious);
            case RangeTag:
                bool keysOnly = reader.Flag();
                KeyRange range = ReadRange(ref reader);
                int limit = (int)reader.Varint(int.MaxValue);
                return new RangeOperation(range, new RangeOptions { Limit = limit, Revision = reader.Fixed(), KeysOnly = keysOnly });
            case TransactionTag when depth < DepthMax:
                return new TransactionOperation(ReadTransaction(ref reader, depth + 1));
            default:
                reader.Fail();
                return null;
        }
    }

    private static void WriteTransaction(WireWriter writer, Transaction transaction)
    {
        writer.Varint(transaction.Compares.Count);
        foreach (Compare compare in transaction.Compares)
            WriteCompare(writer, compare);
        WriteBranch(writer, transaction.Success);
        WriteBranch(writer, transaction.Failure);
    }

    private static void WriteBranch(WireWriter writer, IReadOnlyList<Operation> operations)
    {
        writer.Varint(operations.Count);
        foreach (Operation operation in operations)
            WriteOperation(writer, operation);
    }

    private static Transaction ReadTransaction(ref WireReader reader, int depth)
    {
        int count = reader.Count(ListMax);
        List<Compare> compares = new(Math.Min(count, TrustedCapacity));
        for (int i = 0; i < count && !reader.Failed; i++)
            compares.Add(ReadCompare(ref reader));
        List<Operation> success = ReadBranch(ref reader, depth);
        List<Operation> failure = ReadBranch(ref reader, depth);
        return reader.Failed ? Transaction.When() : Transaction.When(compares).Then(success).Else(failure);
    }

    private static List<Operation> ReadBranch(ref WireReader reader, int depth)
    {
        int count = reader.Count(ListMax);
        List<Operation> operations = new(Math.Min(count, TrustedCapacity));
        for (int i = 0; i < count && !reader.Failed; i++)
        {
            if (ReadOperation(ref reader, reader.Byte(), depth) is { } operation)
                operations.Add(operation);
        }
        return operations;
    }

    private static void WriteCompare(WireWriter writer, Compare compare)
    {
        writer.Byte((byte)compare.Target);
        writer.Byte((byte)compare.Relation);
        WriteRange(writer, compare.Keys);
        if (compare.Target == CompareTarget.Value)
            writer.Bytes(compare.Bytes.Span);
        else
            writer.Fixed(compare.Number);
    }

    private static Compare ReadCompare(ref WireReader reader)
    {
        CompareTarget target = (CompareTarget)reader.Byte();
        CompareRelation relation = (CompareRelation)reader.Byte();
        if (target is < CompareTarget.Version or > CompareTarget.Value || relation is < CompareRelation.Equal or > CompareRelation.Less)
            reader.Fail();
        KeyRange range = ReadRange(ref reader);
        return target == CompareTarget.Value
            ? new Compare(range, target, relation, 0, reader.Bytes())
            : new Compare(range, target, relation, reader.Fixed(), default);
    }

    private static void WriteRange(WireWriter writer, KeyRange range)
    {
        writer.Byte(range.IsSingle ? (byte)0 : range.End is null ? (byte)1 : (byte)2);
        writer.Bytes(range.Start.Span);
        if (!range.IsSingle && range.End is { } end)
            writer.Bytes(end.Span);
    }

    private static KeyRange ReadRange(ref WireReader reader)
    {
        byte shape = reader.Byte();
        ReadOnlyMemory<byte> start = ReadKey(ref reader);
        switch (shape)
        {
            case 0:
                return KeyRange.Single(start);
            case 1:
                return KeyRange.From(start);
            case 2:
                return KeyRange.Between(start, reader.Bytes());
            default:
                reader.Fail();
                return KeyRange.All;
        }
    }

    private static ReadOnlyMemory<byte> ReadKey(ref WireReader reader)
    {
        ReadOnlyMemory<byte> key = reader.Bytes();
        if (key.IsEmpty)
            reader.Fail();
        return key;
    }
}
