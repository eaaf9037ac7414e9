using System.Text;
using RaftKv.Samples.Cluster.Control;
using RaftKv.Samples.Cluster.Processes;

namespace RaftKv.Samples.Cluster.Job;

/// <summary>
/// Puts keys, one at a time, through one member after the other. What is certain not to have happened is sent again, through the
/// next member; what may have happened is written down as unknown and left alone.
/// </summary>
internal sealed class Writer(ProcessCluster cluster, Workload workload, Ledger ledger, FailOver failOver, TimeProvider time)
{
    /// <summary>
    /// Whether each put begins with the same member; else with the one after that which served the last. Where members freeze, only
    /// those writers wait whose own it is.
    /// </summary>
    public bool HasHome { get; init; }

    /// <summary>How long to rest after each put.</summary>
    public TimeSpan Rest { get; init; }

    private static readonly TimeSpan PutTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Writes until no key is left.</summary>
    /// <param name="first">The member to begin with.</param>
    public async Task RunAsync(int first, CancellationToken cancellationToken)
    {
        int member = first;
        for (int number = await ledger.TakeAsync(cancellationToken); number >= 0; number = await ledger.TakeAsync(cancellationToken))
        {
            try
            {
                int served = await PutAsync(number, member, cancellationToken);
                member = HasHome ? first : served + 1;
                if (Rest > TimeSpan.Zero)
                    await Task.Delay(Rest, time, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                if (ledger.Revision(number) == 0)
                    ledger.LeaveUnknown(number);
                throw;
            }
        }
    }

    private async Task<int> PutAsync(int number, int member, CancellationToken cancellationToken)
    {
        string key = workload.Key(number);
        byte[] value = Encoding.UTF8.GetBytes(workload.Value(key));
        for (int refusals = 0; ; member++)
        {
            if (cluster.Members[member % cluster.Members.Count].Client is { } client)
            {
                long begunAt = time.GetTimestamp();
                PutOutcome outcome = await client.PutAsync(key, value, PutTimeout, cancellationToken);
                switch (outcome.Kind)
                {
                    case PutOutcomeKind.Acknowledged:
                        // Whoever sees that all keys were put sees the fail-over too.
                        failOver.Acknowledged(begunAt);
                        ledger.Acknowledge(number, outcome.Revision);
                        return member;
                    case PutOutcomeKind.Unknown:
                        ledger.LeaveUnknown(number);
                        return member;
                    default:
                        ledger.CountRetry();
                        break;
                }
            }
            if (++refusals % cluster.Members.Count == 0)
                await ProcessCluster.PauseAsync(cancellationToken);
        }
    }
}
