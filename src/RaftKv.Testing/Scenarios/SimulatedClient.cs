using RaftKv.Node;
using RaftKv.Raft;
using RaftKv.Testing.World;

namespace RaftKv.Testing.Scenarios;

/// <summary>A client of a simulated cluster, for the time of one action at one member.</summary>
/// <typeparam name="TMachine">The replicated machine.</typeparam>
/// <param name="name">The client's name.</param>
/// <param name="node">The member it asks.</param>
/// <param name="random">A source of chance that belongs to the action.</param>
public sealed class SimulatedClient<TMachine>(string name, SimulatedNode node, SplittableRandom random)
    where TMachine : class, IStateMachine
{
    private readonly IRaftNode _requests = node.Requests!;

    /// <summary>The client's name: equal for all its actions.</summary>
    public string Name => name;

    /// <summary>A source of chance that belongs to the action.</summary>
    public SplittableRandom Random => random;

    /// <summary>Replicates a command.</summary>
    /// <returns>The machine's answer; null when the command was not applied, or nobody knows.</returns>
    public async Task<ReadOnlyMemory<byte>?> ProposeAsync(ReadOnlyMemory<byte> command)
    {
        try
        {
            return (await _requests.ProposeAsync(command).ConfigureAwait(false)).Payload;
        }
        catch (RaftKvException)
        {
            return null;
        }
    }

    /// <summary>Reads the member's machine once it holds everything acknowledged before.</summary>
    /// <returns>Whether it was read.</returns>
    public async Task<bool> ReadAsync(Action<TMachine> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        try
        {
            await _requests.ReadBarrierAsync().ConfigureAwait(false);
        }
        catch (RaftKvException)
        {
            return false;
        }
        if (node.Machine is not TMachine machine || !ReferenceEquals(_requests, node.Requests))
            return false;
        read(machine);
        return true;
    }
}
