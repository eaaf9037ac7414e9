using System.Text;
using RaftKv.Raft;

namespace RaftKv.Samples.Cluster.Job;

/// <summary>Everything the seed decides: the keys, their values, and when the leader dies and comes back.</summary>
internal sealed class Workload
{
    private const int SuffixDigits = 8;

    private readonly SplittableRandom _seeded;

    public Workload(int seed, int keys)
    {
        _seeded = new SplittableRandom((ulong)seed);
        Keys = keys;
        SplittableRandom moments = _seeded.Fork("moments");
        KillAfter = (int)(keys * (0.3 + (0.3 * moments.NextDouble())));
        RestartAfter = KillAfter + (int)(keys * (0.05 + (0.15 * moments.NextDouble())));
    }

    public int Keys { get; }

    /// <summary>Puts after which the leader is killed.</summary>
    public int KillAfter { get; }

    /// <summary>Puts after which it is started again; no others begin before the kill, so that some do after it, however fast they are.</summary>
    public int RestartAfter { get; }

    /// <summary>The key of a number: scattered by the seed, and the number at its end.</summary>
    public string Key(int number) => $"{(uint)_seeded.Fork($"key {number}").NextUInt64():x8}-{number:d8}";

    /// <summary>The number of a key, or -1 for one that this workload never writes.</summary>
    public int Number(string key) =>
        key.Length > SuffixDigits && int.TryParse(key[^SuffixDigits..], out int number) && number < Keys && Key(number) == key
            ? number
            : -1;

    /// <summary>The value of a key: 16 to 127 letters.</summary>
    public string Value(string key)
    {
        SplittableRandom letters = _seeded.Fork(key);
        StringBuilder text = new();
        for (int length = letters.Range(16, 128); length > 0; length--)
            text.Append((char)('a' + letters.Next(26)));
        return text.ToString();
    }
}
