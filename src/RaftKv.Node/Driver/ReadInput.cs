namespace RaftKv.Node.Driver;

/// <summary>A wish to read what is at least as new as everything acknowledged before it, and who waits for leave to.</summary>
public abstract class ReadInput : RequestInput
{
    /// <summary>Called once, on the driver's thread, when the local machine is new enough. Must not call back into the driver.</summary>
    protected internal abstract void Succeed();
}
