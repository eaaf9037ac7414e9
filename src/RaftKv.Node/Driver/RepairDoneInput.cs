using RaftKv.Node.Persistence;

namespace RaftKv.Node.Driver;

/// <summary>The answer to <see cref="ILogSink.Mend"/> and <see cref="ILogSink.BeginAnew"/>.</summary>
/// <param name="damage">What is still missing.</param>
public sealed class RepairDoneInput(GroupDamage damage) : NodeInput
{
    /// <summary>What is still missing.</summary>
    public GroupDamage Damage { get; } = damage;
}
