using RaftKv.Samples.Cluster.Control;
using RaftKv.Samples.Cluster.Processes;

namespace RaftKv.Samples.Cluster.Job;

/// <summary>Reads everything from one member, linearizably, and compares it with what the writers know.</summary>
internal sealed class ReadBack(Workload workload, Ledger ledger)
{
    private const int PageKeys = 1000;
    private const int FaultsMax = 10;

    /// <summary>What does not fit; empty when all is as it must be.</summary>
    public async Task<IReadOnlyList<string>> CheckAsync(Member member, CancellationToken cancellationToken)
    {
        ControlClient client = member.Client ?? throw new IOException($"Node {member.Id} is not running.");
        bool[] found = new bool[workload.Keys];
        List<string> faults = [];
        string from = "";
        RangeReply page;
        do
        {
            page = await client.RangeAsync(from, PageKeys, serializable: false, cancellationToken);
            faults.AddRange(page.Items.Select(pair => Judge(pair, found)).OfType<string>());
            from = page.Items.Count > 0 ? page.Items[^1].Key + "\0" : from;
        }
        while (page.More && page.Items.Count > 0);
        for (int number = 0; number < found.Length; number++)
        {
            if (!found[number] && ledger.Revision(number) > 0)
                faults.Add($"'{workload.Key(number)}' was acknowledged at revision {ledger.Revision(number)} and is not there.");
        }
        return faults.Count <= FaultsMax ? faults : [.. faults.Take(FaultsMax), $"... and {faults.Count - FaultsMax} more."];
    }

    private string? Judge(PairReply pair, bool[] found)
    {
        int number = workload.Number(pair.Key);
        if (number < 0)
            return $"'{pair.Key}' is there and nobody wrote it.";
        found[number] = true;
        if (pair.Value != workload.Value(pair.Key))
            return $"'{pair.Key}' has a value that nobody wrote.";
        long known = ledger.Revision(number);
        if (known == 0)
            return $"'{pair.Key}' is there before anyone wrote it.";
        return known > 0 && known != pair.ModRevision
            ? $"'{pair.Key}' was acknowledged at revision {known} and is there at {pair.ModRevision}."
            : null;
    }
}
