using RaftKv.Raft;
using RaftKv.Testing.Disk;

namespace RaftKv.Tests.Support;

/// <summary>A store of one member on a disk in memory.</summary>
internal sealed class OneMember : IAsyncDisposable
{
    private OneMember(KeyValueStore store, SimulatedDisk disk)
    {
        Store = store;
        Disk = disk;
    }

    /// <summary>For requests that only a bug keeps waiting.</summary>
    public static readonly TimeSpan RequestTime = TimeSpan.FromMinutes(1);

    public KeyValueStore Store { get; }

    public SimulatedDisk Disk { get; }

    public static async Task<OneMember> OpenAsync(SimulatedDisk? disk = null)
    {
        SimulatedDisk used = disk ?? new SimulatedDisk(new SplittableRandom(1));
        KeyValueStoreOptions options = new() { Storage = used.Root, RequestTimeout = RequestTime };
        return new OneMember(await KeyValueStore.OpenAsync(options), used);
    }

    /// <summary>Puts keys one after the other, each with itself as value.</summary>
    public async Task PutAsync(params string[] keys)
    {
        foreach (string key in keys)
            await Store.PutAsync(key, key);
    }

    public ValueTask DisposeAsync() => Store.DisposeAsync();
}
