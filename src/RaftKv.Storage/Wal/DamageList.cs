namespace RaftKv.Storage.Wal;

/// <summary>Collects damage in the order of the log, and what later records tell of the losses.</summary>
internal sealed class DamageList
{
    private readonly List<Finding> _findings = [];

    public bool IsEmpty => _findings.Count == 0;

    /// <summary>How many findings there are.</summary>
    public int Count => _findings.Count;

    /// <summary>Whether the loss of any finding from one on is not known.</summary>
    public bool IsOpenFrom(int first) => _findings.FindIndex(first, finding => !finding.Damage.LossIsKnown) >= 0;

    /// <summary>Whether a group's last state is lost.</summary>
    public bool LacksState(long group) => _findings.Exists(finding => finding.Lost.Exists(loss => loss.Group == group && loss.State));

    public void Add(WalDamageKind kind, string file, long offset, long bytes, string what, bool lossIsKnown) =>
        _findings.Add(new Finding(new WalDamage(kind, file, offset, bytes, what, [], lossIsKnown)));

    /// <summary>Entries that must have been in the latest damage.</summary>
    public void LoseEntries(long group, long first, long last)
    {
        if (!IsEmpty && first <= last)
            _findings[^1].Lost.Add(new WalLoss(group, first, last, false));
    }

    /// <summary>A state that must have been in the latest damage.</summary>
    public void LoseState(long group)
    {
        if (!IsEmpty)
            _findings[^1].Lost.Add(new WalLoss(group, 1, 0, true));
    }

    /// <summary>The entry was repaired later.</summary>
    public void FindEntry(long group, long index)
    {
        foreach (Finding finding in _findings)
        {
            int at = finding.Lost.FindIndex(loss => loss.Group == group && loss.FirstIndex <= index && index <= loss.LastIndex);
            if (at < 0)
                continue;
            WalLoss loss = finding.Lost[at];
            finding.Lost.RemoveAt(at);
            if (index < loss.LastIndex)
                finding.Lost.Insert(at, loss with { FirstIndex = index + 1 });
            if (loss.FirstIndex < index)
                finding.Lost.Insert(at, loss with { LastIndex = index - 1 });
        }
    }

    /// <summary>A later state of the group was found: the lost one no longer matters.</summary>
    public void FindState(long group)
    {
        foreach (Finding finding in _findings)
            finding.Lost.RemoveAll(loss => loss.Group == group && loss.State);
    }

    /// <summary>Every group told its counters after the damage so far: no loss is hidden any more.</summary>
    public void Account()
    {
        foreach (Finding finding in _findings)
            finding.Damage = finding.Damage with { LossIsKnown = true };
    }

    public List<WalDamage> ToList() => [.. _findings.Select(finding => finding.Damage with { Lost = [.. finding.Lost] })];

    private sealed class Finding(WalDamage damage)
    {
        public WalDamage Damage { get; set; } = damage;

        public List<WalLoss> Lost { get; } = [];
    }
}
