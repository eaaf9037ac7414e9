using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace RaftKv.Load;

/// <summary>Three members of etcd on loopback, started from the program the distribution installs.</summary>
internal sealed class EtcdCluster : IAsyncDisposable
{
    private readonly List<Process> _members = [];
    private readonly List<Uri> _endpoints = [];

    private EtcdCluster()
    {
    }

    /// <summary>The leader's client address.</summary>
    public Uri Leader { get; private set; } = null!;

    /// <summary>Starts three members; null when the program is not installed.</summary>
    public static async Task<EtcdCluster?> StartAsync(string program, string directory)
    {
        EtcdCluster cluster = new();
        int[] ports = FreePorts(6);
        string members = string.Join(',', Enumerable.Range(0, 3).Select(i => $"m{i}=http://127.0.0.1:{ports[i]}"));
        try
        {
            for (int i = 0; i < 3; i++)
            {
                string client = $"http://127.0.0.1:{ports[3 + i]}";
                cluster._endpoints.Add(new Uri(client));
                cluster.Start(program, $"--name m{i} --data-dir {Path.Combine(directory, $"m{i}")} --log-level error"
                    + $" --listen-peer-urls http://127.0.0.1:{ports[i]} --initial-advertise-peer-urls http://127.0.0.1:{ports[i]}"
                    + $" --listen-client-urls {client} --advertise-client-urls {client}"
                    + $" --initial-cluster {members} --initial-cluster-token load --initial-cluster-state new");
            }
            cluster.Leader = await cluster.FindLeaderAsync();
            return cluster;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            await cluster.DisposeAsync();
            return null;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Process member in _members)
        {
            member.Kill();
            await member.WaitForExitAsync();
            member.Dispose();
        }
    }

    private static int[] FreePorts(int count)
    {
        Socket[] sockets = [.. Enumerable.Range(0, count).Select(_ => LoadCluster.Bind())];
        int[] ports = [.. sockets.Select(socket => ((IPEndPoint)socket.LocalEndPoint!).Port)];
        foreach (Socket socket in sockets)
            socket.Dispose();
        return ports;
    }

    private void Start(string program, string arguments) => _members.Add(Process.Start(new ProcessStartInfo(program, arguments)
    {
        RedirectStandardError = true,
        RedirectStandardOutput = true,
    })!);

    private async Task<Uri> FindLeaderAsync()
    {
        using HttpClient client = new() { Timeout = TimeSpan.FromSeconds(2) };
        using CancellationTokenSource deadline = new(TimeSpan.FromSeconds(20));
        using PeriodicTimer pause = new(TimeSpan.FromMilliseconds(100));
        while (await pause.WaitForNextTickAsync(deadline.Token))
        {
            foreach (Uri endpoint in _endpoints)
            {
                if (await LeadsAsync(client, endpoint))
                    return endpoint;
            }
        }
        throw new TimeoutException("etcd elected no leader.");
    }

    private static async Task<bool> LeadsAsync(HttpClient client, Uri endpoint)
    {
        try
        {
            using HttpResponseMessage answer = await client.PostAsync(new Uri(endpoint, "/v3/maintenance/status"), new StringContent("{}"));
            using JsonDocument status = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            return status.RootElement.TryGetProperty("leader", out JsonElement leader)
                && leader.GetString() == status.RootElement.GetProperty("header").GetProperty("member_id").GetString();
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or JsonException)
        {
            // Not up yet: asked again.
            return false;
        }
    }
}
