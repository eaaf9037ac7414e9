using System.Net;
using System.Net.Sockets;
using RaftKv.Raft;

namespace RaftKv.Load;

/// <summary>Puts to three stores while their members compare their states, beside the same while they do not.</summary>
internal sealed class AttestedPuts : IMeasurement
{
    private const int Members = 3;
    private const int Clients = 100;
    private const int Keys = 100_000;

    // Once without before, for what runs first is slower.
    private static readonly (string What, TimeSpan Interval)[] Conditions =
    [
        ("warming up", TimeSpan.Zero),
        ("states not compared", TimeSpan.Zero),
        ("a slice compared every 5 s, the default", TimeSpan.FromSeconds(5)),
        ("a slice compared every 100 ms", TimeSpan.FromMilliseconds(100)),
        ("states not compared, again", TimeSpan.Zero),
    ];

    public string Name => "attested-puts";

    public async Task<IReadOnlyList<Figure>> RunAsync(LoadOptions options, string directory)
    {
        List<Figure> figures = [];
        for (int i = 0; i < Conditions.Length; i++)
        {
            (string what, TimeSpan interval) = Conditions[i];
            Sample sample = await MeasureAsync(options, Path.Combine(directory, $"{i}"), interval);
            figures.Add(new Figure($"puts of {options.Size} bytes, {Clients} clients, {what}", Figure.Text(sample.PerSecond, "/s")));
            figures.Add(new Figure($"{what}: p99", Figure.Text(sample.Millis(0.99), "ms")));
        }
        return figures;
    }

    private static async Task<Sample> MeasureAsync(LoadOptions options, string directory, TimeSpan interval)
    {
        Socket[] sockets = [.. Enumerable.Range(0, Members).Select(_ => LoadCluster.Bind())];
        Dictionary<NodeId, EndPoint> addresses = [];
        for (int place = 0; place < Members; place++)
            addresses.Add(new NodeId(place + 1), sockets[place].LocalEndPoint!);
        List<KeyValueStore> stores = [];
        try
        {
            for (int place = 0; place < Members; place++)
            {
                stores.Add(await KeyValueStore.OpenAsync(new KeyValueStoreOptions
                {
                    DataDirectory = Path.Combine(directory, $"member{place + 1}"),
                    NodeId = new NodeId(place + 1),
                    ListenSocket = sockets[place],
                    Members = addresses,
                    AttestationInterval = interval,
                }));
            }
            NodeId leader = await stores[0].WaitForLeaderAsync();
            KeyValueStore store = stores[(int)leader.Value - 1];
            byte[] value = new byte[options.Size];
            foreach (int[] some in Enumerable.Range(0, Keys).Chunk(1000))
                await Task.WhenAll(some.Select(number => store.PutAsync(Key(number), value).AsTask()));
            int next = 0;
            return await ClosedLoop.RunAsync(
                Clients, options.Seconds, _ => store.PutAsync(Key(Interlocked.Increment(ref next) * 7919 % Keys), value));
        }
        finally
        {
            foreach (KeyValueStore store in stores)
                await store.DisposeAsync();
        }
    }

    private static byte[] Key(int number) => BitConverter.GetBytes((long)number);
}
