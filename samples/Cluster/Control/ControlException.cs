namespace RaftKv.Samples.Cluster.Control;

/// <summary>A member refused a request.</summary>
internal sealed class ControlException(ErrorReply reply) : Exception(reply.Message)
{
    public ErrorReply Reply => reply;
}
