using System.Diagnostics;
using RaftKv.Raft;

namespace RaftKv.Node.Telemetry;

/// <summary>Traces of requests, under the source <c>RaftKv.Node</c>. Costs nothing while nobody listens.</summary>
internal static class NodeActivities
{
    private static readonly ActivitySource Source = new(NodeMetrics.Name);

    /// <summary>Whether anybody listens.</summary>
    public static bool Wanted => Source.HasListeners();

    /// <summary>Runs a request inside an activity that ends with it and says how it ended.</summary>
    public static async ValueTask<T> TraceAsync<T>(string name, NodeId node, GroupId group, Func<ValueTask<T>> request)
    {
        using Activity? activity = Begin(name, node, group);
        try
        {
            return await request().ConfigureAwait(false);
        }
        catch (RaftKvException e)
        {
            Fail(activity, e);
            throw;
        }
    }

    /// <summary>As the other one, for a request without a result.</summary>
    public static async ValueTask TraceAsync(string name, NodeId node, GroupId group, Func<ValueTask> request)
    {
        using Activity? activity = Begin(name, node, group);
        try
        {
            await request().ConfigureAwait(false);
        }
        catch (RaftKvException e)
        {
            Fail(activity, e);
            throw;
        }
    }

    private static Activity? Begin(string name, NodeId node, GroupId group) =>
        Source.StartActivity(name)?.SetTag("raftkv.node", node.Value).SetTag("raftkv.group", group.Value);

    private static void Fail(Activity? activity, RaftKvException met) =>
        activity?.SetStatus(ActivityStatusCode.Error, met.Message).SetTag("raftkv.error", met.Error.ToString());
}
