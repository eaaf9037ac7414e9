using System.Globalization;

namespace RaftKv.Raft.Membership;

/// <summary>Reads <see cref="Configuration"/>'s text form.</summary>
internal static class ConfigurationText
{
    public static Configuration Parse(string text)
    {
        NodeId[] voters = [], outgoing = [], learners = [], learnersNext = [];
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
            else if (TryTake(ref rest, "autoleave"))
                autoLeave = true;
            else
                throw new FormatException($"Not a configuration, from here on: '{rest}'.");
            rest = rest.TrimStart();
        }
        try
        {
            return new Configuration(voters, outgoing, learners, learnersNext, autoLeave);
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

    private static NodeId[] TakeSet(ref ReadOnlySpan<char> rest)
    {
        int end = rest.IndexOf(')');
        if (end < 0 || rest[0] != '(')
            throw new FormatException($"A set stands in parentheses: '{rest}'.");
        List<NodeId> nodes = [];
        ReadOnlySpan<char> inner = rest[1..end];
        foreach (Range range in inner.Split(' '))
        {
            ReadOnlySpan<char> word = inner[range];
            if (!word.IsEmpty)
                nodes.Add(new NodeId(long.Parse(word, NumberStyles.None, CultureInfo.InvariantCulture)));
        }
        rest = rest[(end + 1)..];
        return [.. nodes];
    }
}
