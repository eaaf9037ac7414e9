namespace RaftKv.Raft.Roles;

/// <summary>Whether this member rests, as do the members of a group that has had nothing to do for long; and for how long it had not.</summary>
internal sealed class Rest(Protocol protocol)
{
    private int _idleTicks;

    /// <summary>Whether neither elections nor heartbeats go on here until something happens.</summary>
    public bool IsResting { get; private set; }

    /// <summary>Whether nothing has happened for as long as the options ask for.</summary>
    public bool IsDue => protocol.Options.QuiesceTicks > 0 && _idleTicks >= protocol.Options.QuiesceTicks;

    public void Tick() => _idleTicks++;

    public void Begin() => Change(isResting: true);

    /// <summary>Something happened: the idle time starts over, and whoever rests is awake.</summary>
    public void Disturb()
    {
        _idleTicks = 0;
        if (!IsResting)
            return;
        Change(isResting: false);
        protocol.Role.Woke();
    }

    private void Change(bool isResting)
    {
        if (IsResting == isResting)
            return;
        IsResting = isResting;
        protocol.Outbox.Add(new QuiesceChanged { Term = protocol.Term, IsQuiesced = isResting });
    }
}
