using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace RaftKv.Samples.Cluster.Control;

/// <summary>Talks to the control API of one member.</summary>
internal sealed class ControlClient : IDisposable
{
    private readonly HttpClient _http;

    public ControlClient(Uri address)
    {
        Address = address;
        SocketsHttpHandler handler = new() { UseProxy = false, AllowAutoRedirect = false, UseCookies = false };
        _http = new HttpClient(handler) { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
    }

    public Uri Address { get; }

    public void Dispose() => _http.Dispose();

    /// <summary>Puts a key. Every failure is told apart by whether the put can have happened.</summary>
    public async Task<PutOutcome> PutAsync(string key, byte[] value, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using ValueContent content = new(value);
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);
        try
        {
            using HttpResponseMessage response = await _http.PutAsync(new Uri($"keys/{key}", UriKind.Relative), content, deadline.Token);
            if (response.IsSuccessStatusCode)
            {
                PutReply reply = await ReadAsync<PutReply>(response, deadline.Token);
                return new PutOutcome(PutOutcomeKind.Acknowledged, reply.Revision, "");
            }
            ErrorReply error = await ReadAsync<ErrorReply>(response, deadline.Token);
            PutOutcomeKind kind = error.Outcome == nameof(WriteOutcome.NotApplied) ? PutOutcomeKind.NotApplied : PutOutcomeKind.Unknown;
            return new PutOutcome(kind, 0, error.Message);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or JsonException
            || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return new PutOutcome(content.Started ? PutOutcomeKind.Unknown : PutOutcomeKind.NotApplied, 0, failure.Message);
        }
    }

    public Task<StatusReply> StatusAsync(CancellationToken cancellationToken) => GetAsync<StatusReply>("status", cancellationToken);

    public Task<MemberReply[]> MembersAsync(CancellationToken cancellationToken) => GetAsync<MemberReply[]>("members", cancellationToken);

    /// <summary>Changes who belongs to the cluster; works on every member.</summary>
    public Task<MemberReply[]> ChangeAsync(MemberRequest change, CancellationToken cancellationToken) =>
        PostAsync<MemberReply[]>("members", JsonContent.Create(change, options: JsonSerializerOptions.Web), cancellationToken);

    /// <summary>Stops the member in good order; returns before it has stopped.</summary>
    public Task<StatusReply> StopAsync(CancellationToken cancellationToken) => PostAsync<StatusReply>("stop", null, cancellationToken);

    public Task<HashReply> HashAsync(long revision, CancellationToken cancellationToken) =>
        GetAsync<HashReply>($"hash?revision={revision}", cancellationToken);

    /// <summary>A page of pairs from a key on; linearizable unless said otherwise.</summary>
    public Task<RangeReply> RangeAsync(string from, int limit, bool serializable, CancellationToken cancellationToken) =>
        GetAsync<RangeReply>($"keys?from={Uri.EscapeDataString(from)}&limit={limit}&serializable={(serializable ? "true" : "false")}",
            cancellationToken);

    /// <summary>The lines of a watch from a revision on, until the connection ends.</summary>
    public async IAsyncEnumerable<WatchLine> WatchAsync(long from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri($"watch?from={from}", UriKind.Relative));
        using HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!response.IsSuccessStatusCode)
            throw new ControlException(await ReadAsync<ErrorReply>(response, cancellationToken));
        using StreamReader lines = new(await response.Content.ReadAsStreamAsync(cancellationToken));
        while (await lines.ReadLineAsync(cancellationToken) is { Length: > 0 } line)
            yield return JsonSerializer.Deserialize<WatchLine>(line, JsonSerializerOptions.Web)!;
    }

    /// <summary>Copies a backup of the whole store into a stream.</summary>
    /// <exception cref="HttpRequestException">It ended before its end; what was written is no backup.</exception>
    public async Task BackupAsync(Stream destination, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri("backup", UriKind.Relative));
        using HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!response.IsSuccessStatusCode)
            throw new ControlException(await ReadAsync<ErrorReply>(response, cancellationToken));
        await response.Content.CopyToAsync(destination, cancellationToken);
    }

    private async Task<T> PostAsync<T>(string path, HttpContent? content, CancellationToken cancellationToken)
    {
        using HttpContent? owned = content;
        using HttpResponseMessage response = await _http.PostAsync(new Uri(path, UriKind.Relative), content, cancellationToken);
        if (!response.IsSuccessStatusCode)
            throw new ControlException(await ReadAsync<ErrorReply>(response, cancellationToken));
        return await ReadAsync<T>(response, cancellationToken);
    }

    private async Task<T> GetAsync<T>(string path, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await _http.GetAsync(new Uri(path, UriKind.Relative), cancellationToken);
        if (!response.IsSuccessStatusCode)
            throw new ControlException(await ReadAsync<ErrorReply>(response, cancellationToken));
        return await ReadAsync<T>(response, cancellationToken);
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancellationToken) =>
        await response.Content.ReadFromJsonAsync<T>(JsonSerializerOptions.Web, cancellationToken)
        ?? throw new JsonException("The answer is empty.");
}
