using RaftKv.Raft.Messages;

namespace RaftKv.Raft.Tests.Harness;

/// <summary>A copy of a message with one field set to an extreme.</summary>
/// <param name="Field">Which field.</param>
/// <param name="Value">To what.</param>
/// <param name="Copy">The copy.</param>
internal sealed record Damage(string Field, string Value, Message Copy);
