namespace RaftKv.Node.Tests.Support;

/// <summary>Tests of what the whole process has, such as its memory: they run one after another when all others have ended.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
