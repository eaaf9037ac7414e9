using System.Diagnostics.Metrics;

namespace RaftKv.Node.Tests.Support;

/// <summary>Reads from a host's meters what it holds in memory, part by part.</summary>
internal sealed class MemoryWatch : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, long> _limits = [];
    private readonly Dictionary<string, long> _used = [];
    private readonly long _bytesMax;

    /// <summary>Watches the host with a number in a cluster, and its whole budget.</summary>
    public MemoryWatch(string cluster, long node, long bytesMax)
    {
        _bytesMax = bytesMax;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            bool isOfHost = instrument.Meter.Tags?.ToArray() is [{ Value: string name }, { Value: long number }] && (name, number) == (cluster, node);
            if (isOfHost && instrument.Name.StartsWith("raftkv.memory.", StringComparison.Ordinal))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            (instrument.Name == "raftkv.memory.used" ? _used : _limits)[(string)tags[0].Value!] = value);
        _listener.Start();
    }

    /// <summary>The most that was seen of each part.</summary>
    public Dictionary<string, long> Most { get; } = [];

    /// <summary>The most that was seen of all of them at a time.</summary>
    public long MostInAll { get; private set; }

    /// <summary>Looks, and fails when more is in use than may be.</summary>
    /// <returns>What is in use.</returns>
    public IReadOnlyDictionary<string, long> Look()
    {
        _listener.RecordObservableInstruments();
        Assert.Equal(["entries", "peers", "reads", "received", "requests", "unwritten"], _used.Keys.Order());
        Assert.InRange(_limits.Values.Sum(), _bytesMax - 16, _bytesMax);
        foreach ((string part, long used) in _used)
        {
            Assert.True(used >= 0 && used <= _limits[part], $"{part} has {used} of {_limits[part]} bytes in use");
            Most[part] = Math.Max(Most.GetValueOrDefault(part), used);
        }
        MostInAll = Math.Max(MostInAll, _used.Values.Sum());
        return _used;
    }

    public void Dispose() => _listener.Dispose();
}
