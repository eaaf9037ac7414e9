using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using RaftKv.Raft;
using RaftKv.Samples.Cluster.Operate;
using RaftKv.Storage;

namespace RaftKv.Samples.Cluster.Control;

/// <summary>Runs one member and its control API until the process is told to stop, its parent ends or the member faults.</summary>
internal static class NodeHost
{
    /// <summary>What the process writes to standard output, followed by the address of its control API, once both are up.</summary>
    public const string ReadyPrefix = "ready ";

    public static async Task<int> RunAsync(NodeHostOptions options, CancellationToken cancellationToken)
    {
        using CancellationTokenSource stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (options.ExitWithParent)
            _ = Task.Run(() => StopWhenInputEndsAsync(stopping), CancellationToken.None);
        using ILoggerFactory logging = LogToStandardError(options.LogLevel);
        try
        {
            await using KeyValueStore store = await KeyValueStore.OpenAsync(StoreOptions(options, logging), stopping.Token);
            await using WebApplication app = Build(options.Control, store, stopping.Cancel);
            await app.StartAsync(stopping.Token);
            IFeatureCollection server = app.Services.GetRequiredService<IServer>().Features;
            string address = server.GetRequiredFeature<IServerAddressesFeature>().Addresses.First();
            await Console.Out.WriteLineAsync(ReadyPrefix + address);
            return await UntilStoppedAsync(app, store, stopping.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return ExitCodes.Success;
        }
        catch (Exception refusal) when (refusal is RaftKvException or StorageException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(OneLine(refusal));
            return ExitCodes.Failed;
        }
    }

    private static async Task<int> UntilStoppedAsync(WebApplication app, KeyValueStore store, CancellationToken stopping)
    {
        try
        {
            await store.Completion.WaitAsync(stopping);
            return ExitCodes.Success;
        }
        catch (RaftKvException fault)
        {
            await Console.Error.WriteLineAsync(OneLine(fault));
            return ExitCodes.Failed;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return ExitCodes.Success;
        }
        finally
        {
            using CancellationTokenSource patience = new(TimeSpan.FromSeconds(1));
            await app.StopAsync(patience.Token);
        }
    }

    private static ILoggerFactory LogToStandardError(LogLevel level) => LoggerFactory.Create(logging =>
    {
        logging.SetMinimumLevel(level).AddSimpleConsole(format => format.SingleLine = true);
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    });

    private static KeyValueStoreOptions StoreOptions(NodeHostOptions options, ILoggerFactory logging) => new()
    {
        DataDirectory = options.DataDirectory,
        ClusterId = options.Cluster,
        NodeId = new NodeId(options.Id),
        Listen = options.Raft,
        Members = options.Members.ToDictionary(pair => new NodeId(pair.Key), pair => (EndPoint)pair.Value),
        JoinThrough = options.Join,
        JoinsExisting = options.IsNewcomer,
        Certificates = options.CertificateFolder is { } folder ? CertificateFolder.Open(folder, options.Id, logging) : null,
        TickInterval = options.TickInterval,
        RequestTimeout = options.RequestTimeout,
        CheckpointBytes = options.CheckpointBytes,
        LoggerFactory = logging,
    };

    private static WebApplication Build(IPEndPoint control, KeyValueStore store, Action stop)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            // Keys travel in the path: the longest there is, written in escapes, fits.
            kestrel.Limits.MaxRequestLineSize = 128 * 1024;
            // A client that stands still for a while, or a member that did, is not cut off in the middle of a request.
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(control);
            kestrel.AddServerHeader = false;
        });
        builder.Services.AddRoutingCore();
        builder.Logging.ClearProviders();
        WebApplication app = builder.Build();
        app.UseRouting();
        ControlEndpoints.Map(app, store, stop);
        return app;
    }

    private static async Task StopWhenInputEndsAsync(CancellationTokenSource stopping)
    {
        await using Stream input = Console.OpenStandardInput();
        await input.CopyToAsync(Stream.Null);
        await stopping.CancelAsync();
    }

    private static string OneLine(Exception refusal)
    {
        string text = refusal.Message;
        if (refusal.InnerException is StorageException cause && !text.Contains(cause.Message, StringComparison.Ordinal))
            text += " " + cause.Message;
        return text.ReplaceLineEndings(" ");
    }
}
