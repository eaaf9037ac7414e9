using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using RaftKv.Node;
using RaftKv.Watch;

namespace RaftKv.Samples.Cluster.Control;

/// <summary>
/// The control API: <c>PUT /keys/{key}</c> with the value as body, <c>GET /keys</c> by pages, <c>GET /watch</c> as JSON lines,
/// <c>GET /status</c>, <c>GET /hash</c>, <c>GET /backup</c>, <c>GET /members</c>, <c>POST /members</c>, <c>POST /stop</c>.
/// </summary>
internal static class ControlEndpoints
{
    private static readonly byte[] NewLine = "\n"u8.ToArray();

    public static void Map(WebApplication app, KeyValueStore store, Action stop)
    {
        app.MapPut("/keys/{key}", context => AnswerAsync(context, () => PutAsync(context, store)));
        app.MapGet("/keys", context => AnswerAsync(context, () => RangeAsync(context, store)));
        app.MapGet("/watch", context => AnswerAsync(context, () => WatchAsync(context, store)));
        app.MapGet("/status", context => AnswerAsync(context, () => ReplyAsync(context, Status(store))));
        app.MapGet("/members", context => AnswerAsync(context, () => ReplyAsync(context, Members(store))));
        app.MapPost("/members", context => AnswerAsync(context, () => ChangeAsync(context, store)));
        app.MapPost("/stop", context => AnswerAsync(context, () => StopAsync(context, store, stop)));
        app.MapGet("/backup", context => AnswerAsync(context, () => BackupAsync(context, store)));
        app.MapGet("/hash", context => AnswerAsync(context, () => ReplyAsync(context, Hash(context, store))));
    }

    private static async Task PutAsync(HttpContext context, KeyValueStore store)
    {
        string key = (string)context.Request.RouteValues["key"]!;
        byte[] value = new byte[context.Request.ContentLength ?? 0];
        await context.Request.Body.ReadExactlyAsync(value, context.RequestAborted);
        PutResult put = await store.PutAsync(Encoding.UTF8.GetBytes(key), value);
        await ReplyAsync(context, new PutReply(put.Revision));
    }

    private static async Task RangeAsync(HttpContext context, KeyValueStore store)
    {
        RangeOptions options = new()
        {
            Limit = (int)Number(context, "limit", 1000),
            Revision = Number(context, "revision", 0),
            Serializable = context.Request.Query["serializable"] == "true",
        };
        string from = context.Request.Query["from"].ToString();
        RangeResult page = await store.RangeAsync(from.Length == 0 ? KeyRange.All : KeyRange.From(from), options, context.RequestAborted);
        await ReplyAsync(context, new RangeReply(page.Revision, page.More,
            [.. page.Items.Select(pair => new PairReply(pair.KeyText, pair.ValueText, pair.ModRevision))]));
    }

    private static async Task WatchAsync(HttpContext context, KeyValueStore store)
    {
        WatchOptions options = new() { FromRevision = Number(context, "from", 0) };
        await context.Response.StartAsync(context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        await foreach (WatchBatch batch in store.WatchAsync(KeyRange.All, options, context.RequestAborted))
        {
            WatchLine line = new(batch.Revision, [.. batch.Events.Select(change =>
                new EventReply(change.Revision, Encoding.UTF8.GetString(change.Key.Span), change.Current?.ValueText))]);
            await JsonSerializer.SerializeAsync(context.Response.Body, line, JsonSerializerOptions.Web, context.RequestAborted);
            await context.Response.Body.WriteAsync(NewLine, context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }

    private static async Task BackupAsync(HttpContext context, KeyValueStore store)
    {
        context.Response.ContentType = "application/octet-stream";
        await store.BackupAsync(context.Response.Body, cancellationToken: context.RequestAborted);
    }

    private static MemberReply[] Members(KeyValueStore store) =>
    [
        .. store.Members.List().Select(member => new MemberReply(
            member.NodeId.Value, member.Kind.ToString(), member.Address?.ToString() ?? "", member.IsLeader, member.Lag)),
    ];

    private static async Task ChangeAsync(HttpContext context, KeyValueStore store)
    {
        MemberRequest? asked = await JsonSerializer.DeserializeAsync<MemberRequest>(
            context.Request.Body, JsonSerializerOptions.Web, context.RequestAborted);
        MembershipChange? change = asked?.ToChange();
        if (change is null)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest,
                new ErrorReply(nameof(WriteOutcome.NotApplied), nameof(RaftKvError.InvalidTarget), "This is no change of members."));
            return;
        }
        await store.Members.ChangeAsync(change, context.RequestAborted);
        await ReplyAsync(context, Members(store));
    }

    private static async Task StopAsync(HttpContext context, KeyValueStore store, Action stop)
    {
        await ReplyAsync(context, Status(store));
        await context.Response.CompleteAsync();
        stop();
    }

    private static StatusReply Status(KeyValueStore store)
    {
        KeyValueStoreStatus status = store.Status;
        return new StatusReply(status.NodeId.Value, status.Role.ToString(), status.Term.Value, status.Leader?.Value,
            status.Committed.Value, status.Applied.Value, status.Revision, status.Fault?.Message);
    }

    private static HashReply Hash(HttpContext context, KeyValueStore store)
    {
        long revision = Number(context, "revision", 0);
        return new HashReply(revision, store.Hash(revision).ToString("x8", CultureInfo.InvariantCulture));
    }

    private static async Task AnswerAsync(HttpContext context, Func<Task> handler)
    {
        try
        {
            await handler();
        }
        catch (RaftKvException failure)
        {
            await RefuseAsync(context, StatusCodes.Status503ServiceUnavailable,
                new ErrorReply(failure.Outcome.ToString(), failure.Error.ToString(), failure.Message));
        }
        catch (InvalidRequestException mistake)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest,
                new ErrorReply(nameof(WriteOutcome.NotApplied), mistake.Error.ToString(), mistake.Message));
        }
        catch (Exception gone) when (gone is CompactedException or FutureRevisionException)
        {
            await RefuseAsync(context, StatusCodes.Status410Gone,
                new ErrorReply(nameof(WriteOutcome.NotApplied), gone.GetType().Name, gone.Message));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // the client has left; there is nobody to answer
        }
    }

    private static Task RefuseAsync(HttpContext context, int code, ErrorReply reply)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return Task.CompletedTask;
        }
        context.Response.StatusCode = code;
        return ReplyAsync(context, reply);
    }

    private static Task ReplyAsync<T>(HttpContext context, T reply)
    {
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(reply, JsonSerializerOptions.Web);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body).AsTask();
    }

    private static long Number(HttpContext context, string name, long otherwise) =>
        long.TryParse(context.Request.Query[name], NumberStyles.Integer, CultureInfo.InvariantCulture, out long value) ? value : otherwise;
}
