using System.Globalization;

namespace RaftKv.Raft.Tests.Traces;

/// <summary>The words of one command: plain ones in order, and named ones.</summary>
internal sealed class TraceArguments
{
    private readonly List<string> _plain = [];
    private readonly List<(string Name, string Value)> _named = [];

    public TraceArguments(string command)
    {
        string[] words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Name = words[0];
        foreach (string word in words.AsSpan(1))
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
                _plain.Add(word);
            else
                _named.Add((word[..equals], word[(equals + 1)..]));
        }
    }

    public string Name { get; }

    public IReadOnlyList<string> Plain => _plain;

    public IReadOnlyList<(string Name, string Value)> AllNamed => _named;

    public string? Named(string name)
    {
        foreach ((string known, string value) in _named)
        {
            if (known == name)
                return value;
        }
        return null;
    }

    public int Number(string name, int otherwise) => Named(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    public bool Is(string name, bool otherwise) => Named(name) is { } text ? text == "on" : otherwise;

    /// <summary>The members a list names: "1", "1,3"; all when it is missing.</summary>
    public bool Matches(string name, NodeId node) => Named(name) is not { } list || Nodes(list).Contains(node);

    public NodeId Node(int place) => Nodes(_plain[place]).First();

    public int Count(int place) => int.Parse(_plain[place], CultureInfo.InvariantCulture);

    public static IEnumerable<NodeId> Nodes(string list) =>
        list.Split(',').Select(word => new NodeId(long.Parse(word, CultureInfo.InvariantCulture)));
}
