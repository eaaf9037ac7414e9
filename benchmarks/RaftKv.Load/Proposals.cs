using RaftKv.Node;

namespace RaftKv.Load;

/// <summary>Proposals to the leader of three members: how many in a second, and how long each takes.</summary>
internal sealed class Proposals : IMeasurement
{
    private static readonly (int Clients, double PerSecond, double P99Millis)[] Targets =
        [(1, 5_000, 1), (100, 120_000, 5), (1_000, 250_000, 15)];

    public string Name => "proposals";

    public async Task<IReadOnlyList<Figure>> RunAsync(LoadOptions options, string directory)
    {
        List<Figure> figures = [];
        foreach (int clients in options.Clients)
        {
            await using LoadCluster cluster = await LoadCluster.StartAsync(3, Path.Combine(directory, $"clients{clients}"));
            RaftNode leader = cluster.Leader;
            byte[] payload = new byte[options.Size];
            Sample sample = await ClosedLoop.RunAsync(
                clients, options.Seconds, _ => leader.ProposeAsync(payload));
            string what = $"proposals of {options.Size} bytes, {clients:N0} {(clients == 1 ? "client" : "clients")}";
            (_, double perSecond, double p99) = Targets.FirstOrDefault(target => target.Clients == clients);
            figures.Add(Figure.AtLeast(what, sample.PerSecond, perSecond, "/s"));
            figures.Add(Figure.Below($"{what}: p99", sample.Millis(0.99), p99 > 0 ? p99 : 1000, "ms"));
            figures.Add(new Figure($"{what}: p50", Figure.Text(sample.Millis(0.5), "ms")));
            figures.Add(new Figure($"{what}: allocated by all three members", Figure.Text(sample.BytesEach, "B")));
            figures.Add(new Figure($"{what}: processors in use", Figure.Text(sample.Cores, "")));
        }
        return figures;
    }
}
