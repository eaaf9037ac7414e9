using System.Runtime.InteropServices;
using RaftKv.Node;
using RaftKv.Raft;
using RaftKv.Raft.Membership;

namespace RaftKv.Testing.World;

/// <summary>What must hold after every step, whatever failed (Raft figure 3).</summary>
internal sealed class ClusterChecks
{
    private readonly Dictionary<long, NodeId> _leaders = [];

    // By index; null where an entry is no command, or was not applied yet.
    private readonly List<(Term Term, byte[]? Payload)> _applied = [];
    private readonly List<(Term Term, LogIndex Commit)> _seen = [];

    /// <summary>Commands applied anywhere so far, in the order of the log.</summary>
    public IReadOnlyList<byte[]> History => [.. _applied.Select(command => command.Payload).OfType<byte[]>()];

    /// <summary>How many commands were applied anywhere so far.</summary>
    public long Commands { get; private set; }

    /// <summary>State Machine Safety: no two members apply different commands at one index.</summary>
    public void Applied(NodeId member, in Command command)
    {
        int index = (int)command.Position.Index.Value;
        if (index >= _applied.Count)
            CollectionsMarshal.SetCount(_applied, index + 1);
        (Term Term, byte[]? Payload) known = _applied[index];
        if (known.Payload is null)
        {
            _applied[index] = (command.Position.Term, command.Payload.ToArray());
            Commands++;
            return;
        }
        if (known.Term != command.Position.Term || !command.Payload.Span.SequenceEqual(known.Payload))
            throw new SimulationException($"Member {member} applied another command at {command.Position} than was applied before.");
    }

    /// <summary>The newest log format that any member has met.</summary>
    public LogFormat NewestFormat { get; private set; } = LogFormat.First;

    /// <summary>A member goes on under a configuration: its build must speak what is written there.</summary>
    public void Follows(SimulatedNode node, Configuration configuration)
    {
        if (configuration.Format.IsAtLeast(NewestFormat))
            NewestFormat = configuration.Format;
        if (!configuration.Voters.IsEmpty && node.Speaks is var spoken && !spoken.Covers(configuration.Format))
            throw new SimulationException($"Member {node.Id} speaks {spoken} and goes on where {configuration.Format} is written.");
    }

    public void AfterStep(List<SimulatedNode> nodes)
    {
        foreach (SimulatedNode node in nodes)
        {
            if (node.Core is not { } core)
                continue;
            if (core.Role == Role.Leader)
                CheckLeader(node.Id, core.Term);
            CheckForward(node, core);
        }
    }

    /// <summary>A member that crashed may have forgotten what it had only heard.</summary>
    public void Crashed(NodeId member)
    {
        if (member.Value <= _seen.Count)
            _seen[(int)member.Value - 1] = default;
    }

    // Election Safety: at most one leader is elected in a term.
    private void CheckLeader(NodeId member, Term term)
    {
        if (_leaders.TryAdd(term.Value, member))
            return;
        if (_leaders[term.Value] != member)
            throw new SimulationException($"Members {_leaders[term.Value]} and {member} both lead in term {term}.");
    }

    private void CheckForward(SimulatedNode node, RaftCore core)
    {
        int place = (int)node.Id.Value - 1;
        while (place >= _seen.Count)
            _seen.Add(default);
        (Term Term, LogIndex Commit) before = _seen[place];
        if (core.Term < before.Term || core.Commit < before.Commit)
        {
            throw new SimulationException(
                $"Member {node.Id} went back from term {before.Term}, commit {before.Commit} to {core.Term}, {core.Commit}.");
        }
        _seen[place] = (core.Term, core.Commit);
    }
}
