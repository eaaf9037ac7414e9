using System.Net;
using RaftKv.Node.Workers;
using RaftKv.Raft;

namespace RaftKv.Node;

/// <summary>Finds mistakes in <see cref="RaftNodeOptions"/>, one sentence each, before anything is touched.</summary>
internal static class OptionsCheck
{
    /// <summary>The largest value of <see cref="RaftNodeOptions.PayloadBytesMax"/>.</summary>
    public const int PayloadBytesLimit = 64 * 1024 * 1024;

    // Of an election timeout four ticks are lost to rounding and drift before a lease begins to hold.
    private const int LeaseElectionTicksMin = 6;

    private const int ClusterIdLengthMax = 64;

    /// <summary>Throws with every mistake when there is one.</summary>
    /// <exception cref="RaftKvException">At least one option is wrong; the message has one sentence for each.</exception>
    public static void Require(RaftNodeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        List<string> mistakes = [.. Identity(options), .. Places(options), .. Times(options), .. Bounds(options)];
        if (mistakes.Count > 0)
        {
            throw new RaftKvException(string.Join(' ', mistakes), WriteOutcome.NotApplied) { Error = RaftKvError.InvalidOptions };
        }
    }

    /// <summary>Whether a text can be the name of a cluster.</summary>
    public static bool IsClusterId(string? text) =>
        !string.IsNullOrEmpty(text) && text.Length <= ClusterIdLengthMax && text.All(c => c is > ' ' and <= '~');

    private static IEnumerable<string> Identity(RaftNodeOptions options)
    {
        if (options.NodeId.Value < 1)
            yield return $"NodeId is {options.NodeId}, but a member's number is 1 or more.";
        if (!IsClusterId(options.ClusterId))
            yield return $"ClusterId must be 1 to {ClusterIdLengthMax} printable ASCII characters without spaces.";
        if (options.Members.Count > 0 && !options.Members.ContainsKey(options.NodeId))
            yield return $"Members does not contain this node's own number, {options.NodeId}.";
        if (options.Members.Count > 0 && options.FoundsNothing)
        {
            string joins = options.JoinThrough is null ? nameof(options.JoinsExisting) : nameof(options.JoinThrough);
            yield return $"Members founds a cluster and {joins} joins one; set one of them.";
        }
        foreach ((NodeId id, EndPoint address) in options.Members.OrderBy(pair => pair.Key.Value))
        {
            if (id.Value < 1)
                yield return $"Members contains {id}, but a member's number is 1 or more.";
            if (address is not (IPEndPoint or DnsEndPoint) || !MemberEndPoint.IsValid(address))
                yield return $"The address of member {id} must be an IPEndPoint or a DnsEndPoint.";
        }
    }

    private static IEnumerable<string> Places(RaftNodeOptions options)
    {
        if (string.IsNullOrWhiteSpace(options.DataDirectory) == (options.Storage is null))
            yield return "Set exactly one of DataDirectory and Storage.";
        if (options.Listen is not null && options.ListenSocket is not null)
            yield return "Set at most one of Listen and ListenSocket.";
        if (options.FoundsNothing && options.Listen is null && options.ListenSocket is null)
            yield return "A node that is to be added to a cluster needs Listen or ListenSocket, or nobody can reach it.";
        if (options.JoinThrough is { } through && !MemberEndPoint.IsValid(through))
            yield return "JoinThrough must be an IPEndPoint or a DnsEndPoint.";
        if (options.Address is { } own && !MemberEndPoint.IsValid(own))
            yield return "Address must be an IPEndPoint or a DnsEndPoint.";
        if (options.JoinThrough is not null && options.Address is null && (options.Listen ?? ListensAt(options)) is { } listens
            && (listens.Address.Equals(IPAddress.Any) || listens.Address.Equals(IPAddress.IPv6Any)))
        {
            yield return $"A node that listens on {listens} and joins a cluster needs Address, or nobody knows where it is reached.";
        }
        if (options.Members.Count > 1 && options.Listen is null && options.ListenSocket is null)
            yield return "A node with other members needs Listen or ListenSocket, or they cannot reach it.";
        if (options.TimeProvider is null)
            yield return "TimeProvider must not be null.";
    }

    private static IPEndPoint? ListensAt(RaftNodeOptions options) => options.ListenSocket?.LocalEndPoint as IPEndPoint;

    private static IEnumerable<string> Times(RaftNodeOptions options)
    {
        if (options.TickInterval < TimeSpan.FromMilliseconds(1) || options.TickInterval > TimeSpan.FromSeconds(10))
            yield return $"TickInterval is {options.TickInterval}, but must be between 1 ms and 10 s.";
        if (options.HeartbeatTicks < 1)
            yield return $"HeartbeatTicks is {options.HeartbeatTicks}, but must be 1 or more.";
        if (options.ElectionTicks <= options.HeartbeatTicks || options.ElectionTicks > 10_000)
            yield return $"ElectionTicks is {options.ElectionTicks}, but must be more than HeartbeatTicks and at most 10,000.";
        if (options.ElectionDelayTicks is < 0 or > 10_000)
            yield return $"ElectionDelayTicks is {options.ElectionDelayTicks}, but must be between 0 and 10,000.";
        if (options.LeaseReads && options.ElectionTicks < LeaseElectionTicksMin)
            yield return $"ElectionTicks is {options.ElectionTicks}, but LeaseReads needs {LeaseElectionTicksMin} or more to hold a lease.";
        if (options.QuiesceTicks < 0)
            yield return $"QuiesceTicks is {options.QuiesceTicks}, but must be 0 or more.";
        if (options.RequestTimeout < options.TickInterval || options.RequestTimeout > TimeSpan.FromHours(1))
            yield return $"RequestTimeout is {options.RequestTimeout}, but must be at least TickInterval and at most one hour.";
        if (options.AttestationInterval < TimeSpan.Zero || options.AttestationInterval > TimeSpan.FromDays(1))
            yield return $"AttestationInterval is {options.AttestationInterval}, but must be between 0 and one day.";
        if (options.StopTimeout < TimeSpan.Zero || options.StopTimeout > TimeSpan.FromHours(1))
            yield return $"StopTimeout is {options.StopTimeout}, but must be between 0 and one hour.";
    }

    private static IEnumerable<string> Bounds(RaftNodeOptions options)
    {
        if (options.PayloadBytesMax is < 1 or > PayloadBytesLimit)
            yield return $"PayloadBytesMax is {options.PayloadBytesMax}, but must be between 1 and {PayloadBytesLimit}.";
        if (options.FormatMin < 1 || options.FormatMax < options.FormatMin || options.FormatMax > LogFormat.NumberMax)
        {
            yield return $"FormatMin is {options.FormatMin} and FormatMax {options.FormatMax}, but they must be a range within 1 to "
                + $"{LogFormat.NumberMax}.";
        }
        if (options.LogBytesKeptMax < 0)
            yield return $"LogBytesKeptMax is {options.LogBytesKeptMax}, but must be 0 or more.";
        if (options.PendingProposalsMax < 1)
            yield return $"PendingProposalsMax is {options.PendingProposalsMax}, but must be 1 or more.";
        if (options.PendingReadsMax < 1)
            yield return $"PendingReadsMax is {options.PendingReadsMax}, but must be 1 or more.";
        if (options.CatchUpBytesPerSecond < 0)
            yield return $"CatchUpBytesPerSecond is {options.CatchUpBytesPerSecond}, but must be 0 or more.";
        int peers = Math.Max(0, options.Members.Count - 1);
        if (MemoryBudget.Least(options.PayloadBytesMax, peers) is var least && options.MemoryBytesMax < least)
        {
            yield return $"MemoryBytesMax is {options.MemoryBytesMax}, but must be at least {least} for payloads of "
                + $"{options.PayloadBytesMax} bytes and {peers} other members.";
        }
    }
}
