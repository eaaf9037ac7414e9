using System.Buffers;
using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;

namespace RaftKv.Raft.Tests.Harness;

/// <summary>
/// Every field of every kind of message at its extremes: negative, huge, of another group, from a far term, contradicting the rest.
/// </summary>
internal static class MessageDamage
{
    private static readonly long[] Numbers = [long.MinValue, -1, 0, 1, 1L << 50, long.MaxValue];

    /// <summary>Every copy there is; some of them a member may well believe.</summary>
    public static IEnumerable<Damage> Of(Message message)
    {
        string[] own = [.. Fields(message.GetType()).Where(name => name != nameof(Message.Header))];
        foreach (string field in own.Concat(Fields(typeof(MessageHeader))).Order())
        {
            foreach ((string name, object value) in Extremes(message.GetType().GetProperty(field)!.GetValue(message)!))
                yield return new Damage(field, name, CopyWith(message, field, value));
        }
    }

    /// <summary>The copies that no member in a right mind sends: whoever receives them refuses them, whatever its state.</summary>
    public static IEnumerable<Damage> Impossible(Message message)
    {
        foreach (Damage damage in Of(message))
        {
            bool isElsewhere = damage.Field == nameof(Message.Group) || damage.Copy.From.Value < 1 || damage.Copy.From == message.To
                || damage.Copy.To != message.To;
            bool isFar = damage.Copy.Term.Value < 0 || damage.Copy.Term.Value > 1L << 49;
            if (isElsewhere || isFar || !MessageRules.IsWellFormed(damage.Copy))
                yield return damage;
        }
    }

    /// <summary>A copy that differs in one field.</summary>
    public static Message CopyWith(Message message, string field, object value)
    {
        ArrayBufferWriter<byte> bytes = new();
        MessageCodec.Write(message, bytes);
        OperationStatus status = MessageCodec.TryRead(bytes.WrittenSpan, out Message? copy);
        Assert.Equal(OperationStatus.Done, status);
        if (typeof(MessageHeader).GetProperty(field) is { } ofHeader)
        {
            object header = message.Header;
            ofHeader.SetValue(header, value);
            (field, value) = (nameof(Message.Header), header);
        }
        copy!.GetType().GetProperty(field)!.SetValue(copy, value);
        return copy;
    }

    private static IEnumerable<string> Fields(Type type) => type.GetProperties().Where(field => field.CanWrite).Select(field => field.Name);

    private static IEnumerable<(string Name, object Value)> Extremes(object value) => value switch
    {
        bool flag => [($"{!flag}", !flag)],
        long => Numbers.Select(number => ($"{number}", (object)number)),
        GroupId => Numbers.Where(number => number != 0).Select(number => ($"{number}", (object)new GroupId(number))),
        NodeId => Numbers.Append(2).Append(3).Select(number => ($"{number}", (object)new NodeId(number))),
        Term term => Numbers.Append(term.Value + 1).Select(number => ($"{number}", (object)new Term(number))),
        LogIndex => Numbers.Select(number => ($"{number}", (object)new LogIndex(number))),
        LogPosition => Positions().Select(position => ($"{position}", (object)position)),
        Configuration => [("empty", Configuration.Empty), ("other", Configuration.Of(8, 9))],
        ReadOnlyMemory<Entry> entries => Variants(entries),
        ReadOnlyMemory<Proposal> proposals => Variants(proposals),
        ReadOnlyMemory<ProposalResult> => Results(),
        _ => throw new NotSupportedException($"{value.GetType()} is no field of a message"),
    };

    private static IEnumerable<LogPosition> Positions() =>
        from term in Numbers
        from index in Numbers
        select new LogPosition(new Term(term), new LogIndex(index));

    private static IEnumerable<(string, object)> Variants(ReadOnlyMemory<Entry> entries)
    {
        Entry first = entries.IsEmpty ? new Entry(new LogPosition(new Term(1), new LogIndex(1)), EntryKind.Noop, default) : entries.Span[0];
        yield return ("none", ReadOnlyMemory<Entry>.Empty);
        yield return ("repeated", Memory(first, first));
        yield return ("unknown kind", Memory(new Entry(first.Position, (EntryKind)77, default)));
        yield return ("broken configuration", Memory(new Entry(first.Position, EntryKind.Configuration, new byte[] { 1, 2, 3 })));
        yield return ("full noop", Memory(new Entry(first.Position, EntryKind.Noop, new byte[1])));
        foreach (LogPosition position in Positions())
            yield return ($"at {position}", Memory(new Entry(position, EntryKind.Command, default)));
    }

    private static IEnumerable<(string, object)> Variants(ReadOnlyMemory<Proposal> proposals)
    {
        Proposal first = proposals.IsEmpty ? new Proposal(1, default) : proposals.Span[0];
        yield return ("none", ReadOnlyMemory<Proposal>.Empty);
        yield return ("repeated", Memory(first, first));
        yield return ("huge", Memory(new Proposal(first.RequestId, new byte[17 << 20])));
        foreach (long number in Numbers)
            yield return ($"{number}", Memory(new Proposal(number, first.Payload)));
    }

    private static IEnumerable<(string, object)> Results()
    {
        yield return ("none", ReadOnlyMemory<ProposalResult>.Empty);
        yield return ("unknown status", Memory(new ProposalResult(1, (ProposeStatus)77, default, NodeId.None)));
        foreach (long number in Numbers)
            yield return ($"{number}", Memory(new ProposalResult(number, ProposeStatus.Appended, default, new NodeId(number))));
        foreach (LogPosition position in Positions())
            yield return ($"at {position}", Memory(new ProposalResult(1, ProposeStatus.Appended, position, NodeId.None)));
    }

    private static ReadOnlyMemory<T> Memory<T>(params T[] items) => items;
}
