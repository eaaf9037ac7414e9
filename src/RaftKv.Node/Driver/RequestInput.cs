namespace RaftKv.Node.Driver;

/// <summary>A request of the application with someone who waits for its end. The driver ends each exactly once.</summary>
public abstract class RequestInput : NodeInput
{
    private protected RequestInput()
    {
    }

    /// <summary>The tick at which the request is given up; set by the driver.</summary>
    internal long DeadlineTick { get; set; }

    /// <summary>Whether the request has ended and nobody waits any more.</summary>
    internal bool IsOver { get; set; }

    internal RequestInput? Earlier { get; set; }

    internal RequestInput? Later { get; set; }

    /// <summary>Called once, on the driver's thread, when the request failed. Must not call back into the driver.</summary>
    protected internal abstract void Fail(RaftKvException reason);
}
