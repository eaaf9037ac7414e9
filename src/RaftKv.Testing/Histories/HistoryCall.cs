namespace RaftKv.Testing.Histories;

/// <summary>What became of a call.</summary>
public enum CallFate
{
    /// <summary>It was answered.</summary>
    Answered,

    /// <summary>It certainly did not happen.</summary>
    Failed,

    /// <summary>It may have happened, or may still: refused with that, or never answered.</summary>
    Unknown,
}

/// <summary>A call with its end, as places in the history's order.</summary>
/// <param name="client">Who called.</param>
/// <param name="call">What was asked.</param>
/// <param name="started">The place of the event that began it.</param>
public sealed class HistoryCall(string client, StoreCall call, int started)
{
    /// <summary>Who called.</summary>
    public string Client => client;

    /// <summary>What was asked.</summary>
    public StoreCall Call => call;

    /// <summary>The place of the event that began it.</summary>
    public int Started => started;

    /// <summary>The place of the event that ended it; <see cref="int.MaxValue"/> when it may still happen.</summary>
    public int Ended { get; internal set; } = int.MaxValue;

    /// <summary>What became of it.</summary>
    public CallFate Fate { get; internal set; } = CallFate.Unknown;

    /// <summary>The answer; null unless there was one.</summary>
    public StoreAnswer? Answer { get; internal set; }

    /// <inheritdoc/>
    public override string ToString() => $"{client}: {call} -> " + Fate switch
    {
        CallFate.Answered => $"ok {Answer}",
        CallFate.Failed => "failed",
        _ => "unknown",
    };
}
