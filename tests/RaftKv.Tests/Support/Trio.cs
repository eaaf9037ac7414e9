using System.Diagnostics.Metrics;
using System.Net;
using RaftKv.Node.Tests.Support;
using RaftKv.Raft;
using RaftKv.Samples.Cluster.Processes;
using RaftKv.Storage.Disk;
using RaftKv.Storage.Mvcc;

namespace RaftKv.Tests.Support;

/// <summary>Three stores in one process, over real sockets and real files.</summary>
internal sealed class Trio : IAsyncDisposable
{
    /// <summary>With elections that take as long as they usually do, leadership does not change hands because the machine is busy.</summary>
    public static readonly TimeSpan UsualTick = TimeSpan.FromMilliseconds(100);

    private const int PageBytes = 4096;

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<NodeId, EndPoint> _members = [];

    private readonly long _logBytesKeptMax;
    private readonly TimeSpan _attestationInterval;
    private readonly TimeSpan _tickInterval;

    private Trio(long logBytesKeptMax, TimeSpan attestationInterval, TimeSpan tickInterval) =>
        (_logBytesKeptMax, _attestationInterval, _tickInterval) = (logBytesKeptMax, attestationInterval, tickInterval);

    /// <summary>Members that make no checkpoint of themselves, from their next start on.</summary>
    public HashSet<int> WithoutCheckpoints { get; } = [];

    public KeyValueStore[] Stores { get; } = new KeyValueStore[3];

    public LineLogger Log { get; } = new();

    // Meters of several trios are told apart by it.
    private string ClusterId => Path.GetFileName(_folder.Path);

    public static async Task<Trio> OpenAsync(
        long logBytesKeptMax = long.MaxValue, TimeSpan? attestationInterval = null, TimeSpan? tickInterval = null)
    {
        Trio trio = new(logBytesKeptMax, attestationInterval ?? TimeSpan.FromSeconds(5), tickInterval ?? TimeSpan.FromMilliseconds(20));
        foreach (IPEndPoint address in FreePorts.Pick(3))
            trio._members.Add(new NodeId(trio._members.Count + 1), address);
        for (int i = 0; i < 3; i++)
            await trio.ReopenAsync(i);
        return trio;
    }

    public async Task ReopenAsync(int place) => Stores[place] = await KeyValueStore.OpenAsync(Options(place));

    /// <summary>Waits until all members follow the same one, and returns its place. All of them run.</summary>
    public async Task<int> UntilLeaderAsync()
    {
        int leader = -1;
        await Until.True(
            () => (leader = Array.FindIndex(Stores, store => store.Status.Role == Role.Leader)) >= 0
                && Stores.All(store => store.Leader == new NodeId(leader + 1)),
            "all members follow the same one");
        return leader;
    }

    /// <summary>Whoever leads is asked to hand over to the one after it, until that one took it. All of them run.</summary>
    public Task MoveLeaderAsync() => Until.True(
        async () =>
        {
            int leader = await UntilLeaderAsync();
            NodeId target = new((leader + 1) % 3 + 1);
            try
            {
                // If meanwhile the third was elected, the answer names that one.
                return await Stores[leader].TransferLeadershipAsync(target) == target;
            }
            catch (RaftKvException failure) when (IsPassing(failure))
            {
                return false;
            }
        },
        "a leader hands over to the one that was named");

    /// <summary>Whoever leads hands over until the one that was named took it. All of them run.</summary>
    public Task LeadAsync(int place) => Until.True(
        async () =>
        {
            NodeId wanted = new(place + 1);
            try
            {
                NodeId leader = await Stores[place].WaitForLeaderAsync();
                return leader == wanted || await Stores[(int)leader.Value - 1].TransferLeadershipAsync(wanted) == wanted;
            }
            catch (RaftKvException failure) when (IsPassing(failure))
            {
                return false;
            }
        },
        "the one that was named leads");

    /// <summary>Waits until all members have applied as much. All of them run.</summary>
    public Task UntilReachedAsync(long revision) => Until.True(
        () => Stores.All(store => store.Status.Revision >= revision), "all members have applied what was written");

    /// <summary>Waits until the log of a member that runs holds fewer entries than is said.</summary>
    public async Task UntilLogIsShorterAsync(int place, long entries)
    {
        long length = long.MaxValue;
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, listening) =>
        {
            bool isOfMember = instrument.Meter.Tags?.ToArray() is [{ Value: string name }, { Value: long number }]
                && (name, number) == (ClusterId, place + 1);
            if (isOfMember && instrument.Name == "raftkv.log.length")
                listening.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => length = value);
        listener.Start();
        await Until.True(
            () =>
            {
                listener.RecordObservableInstruments();
                return length < entries;
            },
            $"member {place + 1} gives up the beginning of its log");
    }

    /// <summary>Changes the store of a member that does not run.</summary>
    public void Change(int place, Action<MvccWriteTransaction> change)
    {
        using IStorageDirectory directory = OsDirectory.Open(Path.Combine(_folder.Path, $"{place + 1}", "store"));
        using MvccStore store = MvccStore.Open(directory, new MvccOptions());
        StorePosition applied = store.Applied;
        using (MvccWriteTransaction batch = store.BeginWrite())
        {
            batch.BeginCommand();
            change(batch);
            batch.Commit(applied);
        }
        store.Checkpoint();
    }

    /// <summary>Damages pages of the store of a member that does not run, but not those that are read when it is opened.</summary>
    public void Damage(int place)
    {
        string folder = Path.Combine(_folder.Path, $"{place + 1}", "store");
        string path = Path.Combine(folder, MvccStore.FileName);
        byte[] content = File.ReadAllBytes(path);
        int[] pages =
        [
            .. Enumerable.Range(0, content.Length / PageBytes).Where(page => HoldsValues(content.AsSpan(page * PageBytes, PageBytes))),
        ];
        Assert.NotEmpty(pages);
        foreach (int page in pages)
            content[page * PageBytes + PageBytes / 2] ^= 0x20;
        File.WriteAllBytes(path, content);
    }

    /// <summary>Leaves the first 100 bytes of the store of a member that does not run, and names the file.</summary>
    public string Cut(int place)
    {
        string path = Path.Combine(_folder.Path, $"{place + 1}", "store", MvccStore.FileName);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..100]);
        return path;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (KeyValueStore store in Stores)
            await store.DisposeAsync();
        _folder.Dispose();
    }

    private KeyValueStoreOptions Options(int place) => new()
    {
        DataDirectory = Path.Combine(_folder.Path, $"{place + 1}"),
        ClusterId = ClusterId,
        NodeId = new NodeId(place + 1),
        Members = _members,
        Listen = (IPEndPoint)_members[new NodeId(place + 1)],
        TickInterval = _tickInterval,
        RequestTimeout = OneMember.RequestTime,
        StopTimeout = TimeSpan.FromSeconds(20),
        CheckpointBytes = WithoutCheckpoints.Contains(place) ? long.MaxValue : 64 * 1024,
        LogBytesKeptMax = _logBytesKeptMax,
        AttestationInterval = _attestationInterval,
        LoggerFactory = Log,
    };

    // Whoever led a moment ago does no longer, or hands over by itself already.
    private static bool IsPassing(RaftKvException failure) =>
        failure.Error is RaftKvError.NotLeader or RaftKvError.NoLeader or RaftKvError.Timeout or RaftKvError.Busy;

    private static bool HoldsValues(ReadOnlySpan<byte> page) => page.IndexOf("value "u8) >= 0;
}
