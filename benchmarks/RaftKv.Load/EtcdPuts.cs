using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;

namespace RaftKv.Load;

/// <summary>
/// The same writes as puts of etcd's v3 API, one gRPC call each, over HTTP/2 without a gateway between. Each call costs a round over
/// loopback and the client's half of it, which a proposal to a library in the same process does not: the figures bound the
/// difference from above.
/// </summary>
internal sealed class EtcdPuts : IMeasurement
{
    private const int PrefixBytes = 5;

    public string Name => "etcd";

    public async Task<IReadOnlyList<Figure>> RunAsync(LoadOptions options, string directory)
    {
        List<Figure> figures = [];
        foreach (int clients in options.Clients)
        {
            Directory.CreateDirectory(directory);
            await using EtcdCluster? cluster = await EtcdCluster.StartAsync(options.Etcd, Path.Combine(directory, $"clients{clients}"));
            if (cluster is null)
                return [new Figure("etcd: puts", "not installed")];
            using HttpClient client = new(new SocketsHttpHandler { EnableMultipleHttp2Connections = true })
            {
                BaseAddress = cluster.Leader,
                DefaultRequestVersion = HttpVersion.Version20,
                DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            Sample sample = await ClosedLoop.RunAsync(
                clients, options.Seconds, async number => await PutAsync(client, number, options.Size));
            string what = $"etcd: puts of {options.Size} bytes, {clients:N0} {(clients == 1 ? "client" : "clients")}";
            figures.Add(new Figure(what, Figure.Text(sample.PerSecond, "/s")));
            figures.Add(new Figure($"{what}: p99", Figure.Text(sample.Millis(0.99), "ms")));
            if (sample.Failed > 0)
                figures.Add(new Figure($"{what}: failed", Figure.Text(sample.Failed, "")));
        }
        return figures;
    }

    private static async Task PutAsync(HttpClient client, int number, int size)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "/etcdserverpb.KV/Put")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(Encode(number, size)),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        using HttpResponseMessage answer = await client.SendAsync(request);
        await answer.Content.ReadAsByteArrayAsync();
        if (!answer.TrailingHeaders.TryGetValues("grpc-status", out IEnumerable<string>? status) || status.First() != "0")
            throw new HttpRequestException("The put failed.");
    }

    // A gRPC frame with a PutRequest: field 1 is the key, field 2 the value.
    private static byte[] Encode(int number, int size)
    {
        const int keyBytes = sizeof(long);
        byte[] frame = new byte[PrefixBytes + 2 + keyBytes + 3 + size];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), frame.Length - PrefixBytes);
        frame[PrefixBytes] = 0x0A;
        frame[PrefixBytes + 1] = keyBytes;
        BinaryPrimitives.WriteInt64BigEndian(frame.AsSpan(PrefixBytes + 2), number);
        int value = PrefixBytes + 2 + keyBytes;
        frame[value] = 0x12;
        frame[value + 1] = (byte)(size & 0x7F | 0x80);
        frame[value + 2] = (byte)(size >> 7);
        return frame;
    }
}
