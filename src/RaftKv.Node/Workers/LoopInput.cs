using RaftKv.Node.Driver;

namespace RaftKv.Node.Workers;

/// <summary>An input on its way to a group; to every group, or for messages to the groups they name, when none is given.</summary>
internal readonly record struct LoopInput(GroupRunner? Group, NodeInput Input);
