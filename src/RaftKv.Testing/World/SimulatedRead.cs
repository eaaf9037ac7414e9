using RaftKv.Node.Driver;

namespace RaftKv.Testing.World;

/// <summary>A read barrier asked for in a simulated run; read it between steps.</summary>
public sealed class SimulatedRead : ReadInput
{
    private readonly Action _serve;

    internal SimulatedRead(Action serve) => _serve = serve;

    /// <summary>Whether it has ended. One whose member crashed never does.</summary>
    public bool IsOver => Succeeded || Failure is not null;

    /// <summary>Whether the member was new enough, at the moment the machine was read.</summary>
    public bool Succeeded { get; private set; }

    /// <summary>Why it failed; null unless it did.</summary>
    public RaftKvException? Failure { get; private set; }

    /// <inheritdoc/>
    protected override void Succeed()
    {
        Succeeded = true;
        _serve();
    }

    /// <inheritdoc/>
    protected override void Fail(RaftKvException reason) => Failure = reason;
}
