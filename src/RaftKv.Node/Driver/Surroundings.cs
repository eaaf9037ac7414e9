using RaftKv.Node.Transport;

namespace RaftKv.Node.Driver;

/// <summary>What a driver hands work to, and who hears of it.</summary>
internal sealed record Surroundings(ILogSink Log, IApplySink Machine, ITransport Transport, INodeObserver Observer);
