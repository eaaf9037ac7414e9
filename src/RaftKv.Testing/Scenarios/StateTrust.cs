using RaftKv.Raft;
using RaftKv.Testing.World;

namespace RaftKv.Testing.Scenarios;

/// <summary>
/// What to think of what a member answers from its state: nothing, while that was silently made another one and the member does not know.
/// Once it knows it must not answer at all.
/// </summary>
internal sealed class StateTrust
{
    private readonly FaultAtlas _atlas;
    private readonly SimulatedNode _node;
    private readonly long _distortions;
    private readonly long _boot;
    private readonly bool _isIsolated;
    private readonly bool _isSound;

    /// <summary>Begins with a question to a member.</summary>
    public StateTrust(FaultAtlas atlas, SimulatedNode node)
    {
        (_atlas, _node, _distortions, _boot, _isIsolated) = (atlas, node, atlas.Distortions(node.Id), node.Boot, node.IsIsolated);
        _isSound = !atlas.IsDistorted(node.Id);
    }

    /// <summary>Whether the member's state is and was what it should be, since the question.</summary>
    public bool IsGiven => _isSound && _atlas.Distortions(_node.Id) == _distortions;

    /// <summary>The member has answered.</summary>
    /// <exception cref="SimulationException">It knew all the time that its state is not what it should be.</exception>
    public void Answered()
    {
        if (_isIsolated && _node.IsIsolated && _node.Boot == _boot)
            throw new SimulationException($"Member {_node.Id} answers although it knows that its state is not the majority's.");
    }
}
