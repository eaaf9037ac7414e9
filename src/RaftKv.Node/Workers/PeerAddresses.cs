using System.Net;
using RaftKv.Raft;

namespace RaftKv.Node.Workers;

/// <summary>Where nodes are reached by the word of many groups: a word counts until it is taken back. Not thread-safe.</summary>
/// <remarks>
/// A group's word costs the same however many groups there are. While groups differ, the address that was heard of last holds: a
/// node moves in one group after the other.
/// </remarks>
internal sealed class PeerAddresses
{
    // Of each node: its addresses, the one heard of last at the end.
    private readonly Dictionary<NodeId, List<Word>> _words = [];

    public bool Contains(NodeId node) => _words.ContainsKey(node);

    /// <summary>All nodes with the addresses that hold.</summary>
    public Dictionary<NodeId, EndPoint> ToDictionary() => _words.ToDictionary(pair => pair.Key, pair => pair.Value[^1].Address);

    /// <summary>A group has a node at an address. True when the node, or this address of it, is news.</summary>
    public bool Add(NodeId node, EndPoint address)
    {
        if (!_words.TryGetValue(node, out List<Word>? words))
            _words.Add(node, words = []);
        Word? known = words.Find(word => word.Address.Equals(address));
        if (known is null)
            words.Add(new Word(address) { Groups = 1 });
        else
            known.Groups++;
        return known is null;
    }

    /// <summary>Takes back what <see cref="Add"/> was told.</summary>
    /// <param name="node">The node.</param>
    /// <param name="address">The address.</param>
    /// <param name="last">The address, when no group has the node any more; else null.</param>
    /// <returns>Whether another address holds now, or none.</returns>
    public bool Remove(NodeId node, EndPoint address, out EndPoint? last)
    {
        last = null;
        List<Word> words = _words[node];
        int at = words.FindIndex(word => word.Address.Equals(address));
        if (--words[at].Groups > 0)
            return false;
        bool held = at == words.Count - 1;
        words.RemoveAt(at);
        if (words.Count > 0)
            return held;
        _words.Remove(node);
        last = address;
        return true;
    }

    private sealed class Word(EndPoint address)
    {
        public EndPoint Address { get; } = address;

        /// <summary>How many groups have the node there.</summary>
        public int Groups { get; set; }
    }
}
