using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace RaftKv.Node.Tests.Support;

/// <summary>Keeps log lines; a test can wait for one.</summary>
internal sealed class RecordingLogger : ILogger, ILoggerFactory
{
    private readonly ConcurrentQueue<(EventId Id, string Text)> _lines = new();

    public string[] Lines(int eventId) => [.. _lines.Where(line => line.Id.Id == eventId).Select(line => line.Text)];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue((eventId, formatter(state, exception)));

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void Dispose()
    {
    }
}
