using System.Globalization;

namespace RaftKv.Raft.Membership;

/// <summary>Reads <see cref="Configuration"/>'s text form.</summary>
internal static class ConfigurationText
{
    private delegate T ParseItem<out T>(ReadOnlySpan<char> word);

    public static Configuration Parse(string text)
    {
        NodeId[] voters = [], outgoing = [], learners = [], learnersNext = [], joining = [], witnesses = [];
        MemberIncarnation[] incarnations = [];
        MemberAddress[] addresses = [];
        LogFormat format = default;
        bool autoLeave = false;
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        while (!rest.IsEmpty)
        {
            if (TryTake(ref rest, "voters="))
            {
                voters = TakeSet(ref rest);
                if (TryTake(ref rest, "&&"))
                    outgoing = TakeSet(ref rest);
            }
            else if (TryTake(ref rest, "learners="))
                learners = TakeSet(ref rest);
            else if (TryTake(ref rest, "learners_next="))
                learnersNext = TakeSet(ref rest);
            else if (TryTake(ref rest, "joining="))
                joining = TakeSet(ref rest);
            else if (TryTake(ref rest, "witnesses="))
                witnesses = TakeSet(ref rest);
            else if (TryTake(ref rest, "incarnations="))
                incarnations = TakeItems(ref rest, ParseIncarnation);
            else if (TryTake(ref rest, "addresses="))
                addresses = TakeItems(ref rest, ParseAddress);
            else if (TryTake(ref rest, "format="))
                format = TakeFormat(ref rest);
            else if (TryTake(ref rest, "autoleave"))
                autoLeave = true;
            else
                throw new FormatException($"Not a configuration, from here on: '{rest}'.");
            rest = rest.TrimStart();
        }
        try
        {
            return new Configuration(
                voters, outgoing, learners, learnersNext, autoLeave, joining, witnesses, incarnations, addresses, format);
        }
        catch (ArgumentException contradiction)
        {
            throw new FormatException(contradiction.Message, contradiction);
        }
    }

    private static bool TryTake(ref ReadOnlySpan<char> rest, string word)
    {
        if (!rest.StartsWith(word, StringComparison.Ordinal))
            return false;
        rest = rest[word.Length..];
        return true;
    }

    private static NodeId[] TakeSet(ref ReadOnlySpan<char> rest) => TakeItems(ref rest, word => new NodeId(ParseNumber(word)));

    private static T[] TakeItems<T>(ref ReadOnlySpan<char> rest, ParseItem<T> parse)
    {
        int end = rest.IndexOf(')');
        if (end < 0 || rest[0] != '(')
            throw new FormatException($"A set stands in parentheses: '{rest}'.");
        List<T> items = [];
        ReadOnlySpan<char> inner = rest[1..end];
        foreach (Range range in inner.Split(' '))
        {
            ReadOnlySpan<char> word = inner[range];
            if (!word.IsEmpty)
                items.Add(parse(word));
        }
        rest = rest[(end + 1)..];
        return [.. items];
    }

    private static LogFormat TakeFormat(ref ReadOnlySpan<char> rest)
    {
        int end = rest.IndexOf(' ');
        ReadOnlySpan<char> word = end < 0 ? rest : rest[..end];
        rest = rest[word.Length..];
        int dot = word.IndexOf('.');
        if (dot < 0)
            throw new FormatException($"A format is two numbers with a dot between them: '{word}'.");
        return new LogFormat(ParseFormatNumber(word[..dot]), ParseFormatNumber(word[(dot + 1)..]));
    }

    private static int ParseFormatNumber(ReadOnlySpan<char> word)
    {
        long number = ParseNumber(word);
        return number is >= 1 and <= LogFormat.NumberMax ? (int)number : throw new FormatException($"'{word}' is no number of a format.");
    }

    private static MemberIncarnation ParseIncarnation(ReadOnlySpan<char> word)
    {
        int colon = word.IndexOf(':');
        if (colon < 0)
            throw new FormatException($"An incarnation is a member, a colon and a number: '{word}'.");
        long incarnation = ParseNumber(word[(colon + 1)..], NumberStyles.AllowLeadingSign);
        return new MemberIncarnation(new NodeId(ParseNumber(word[..colon])), incarnation);
    }

    private static MemberAddress ParseAddress(ReadOnlySpan<char> word)
    {
        int colon = word.IndexOf(':');
        if (colon < 0)
            throw new FormatException($"An address is a member, a colon and a text: '{word}'.");
        return new MemberAddress(new NodeId(ParseNumber(word[..colon])), word[(colon + 1)..].ToString());
    }

    private static long ParseNumber(ReadOnlySpan<char> word, NumberStyles styles = NumberStyles.None) =>
        long.TryParse(word, styles, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw new FormatException($"'{word}' is no number.");
}
