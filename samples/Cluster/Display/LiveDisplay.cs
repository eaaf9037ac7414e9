using System.Globalization;
using RaftKv.Samples.Cluster.Control;
using RaftKv.Samples.Cluster.Job;
using RaftKv.Samples.Cluster.Processes;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace RaftKv.Samples.Cluster.Display;

/// <summary>A table of the nodes that is drawn anew a few times a second, with the writers, the watch and the phase below it.</summary>
internal sealed class LiveDisplay(IAnsiConsole console) : IDisplay
{
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(150);

    public Task ShowAsync(JobState state, CancellationToken cancellationToken) =>
        console.Live(Draw(state)).AutoClear(true).StartAsync(async live =>
        {
            try
            {
                while (true)
                {
                    live.UpdateTarget(Draw(state));
                    await Task.Delay(Redraw, TimeProvider.System, cancellationToken);
                }
            }
            catch (OperationCanceledException)
            {
                // the job has ended; the summary takes the table's place
            }
        });

    public void Event(JobState state, string phase)
    {
        // the phase is part of the table
    }

    public void Summarize(JobReport report)
    {
        Table numbers = new Table().HideHeaders().Border(TableBorder.Rounded).AddColumns("", "");
        foreach ((string name, string value) in report.Numbers())
            numbers.AddRow(Markup.Escape(name), Markup.Escape(value));
        console.Write(numbers);
        foreach (Check check in report.Checks)
        {
            console.MarkupLine($"{(check.Held ? "[green]ok    [/]" : "[red]FAILED[/]")}  {Markup.Escape(check.Name)}");
            foreach (string fault in check.Faults)
                console.MarkupLine($"        [red]{Markup.Escape(fault)}[/]");
        }
        console.MarkupLine(report.Held
            ? $"[green]Every check held[/] (seed {report.Seed})."
            : $"[red]A CHECK FAILED[/]: run again with --seed {report.Seed}.");
    }

    private static Rows Draw(JobState state)
    {
        Table nodes = new Table().Border(TableBorder.Rounded).Title("RaftKv cluster");
        nodes.AddColumns("node", "process", "role", "term", "committed", "applied", "revision");
        foreach (Member member in state.Members)
            nodes.AddRow(Row(member));
        string failOver = state.FailOver.Duration is { } duration ? Text($"{duration.TotalMilliseconds:N0} ms") : "-";
        return new Rows(
            nodes,
            new Text(Text($"puts      {state.Ledger.Acknowledged:N0} of {state.Keys:N0} acknowledged, ")
                + Text($"{state.Ledger.UnknownCount} unknown, {state.Ledger.Retried} sent again")),
            new Text(Text($"watch     revision {state.Watcher.LastRevision:N0} on node {state.Watcher.MemberId}")),
            new Text(Text($"fail-over {failOver}")),
            new Text(Text($"{state.Elapsed.TotalSeconds,5:0.0} s   {state.Phase}")));
    }

    private static IRenderable[] Row(Member member)
    {
        string process = member.Process is { } running ? Text($"{running.ProcessId}") : "-";
        IRenderable[] name = [new Text($"{member.Id}"), new Text(process)];
        return member.Status is not { } status
            ? [.. name, new Markup("[red]down[/]"), new Text("-"), new Text("-"), new Text("-"), new Text("-")]
            : [.. name, Role(status), .. Numbers(status.Term, status.Commit, status.Applied, status.Revision)];
    }

    private static Markup Role(StatusReply status) =>
        status.Leader == status.Node ? new Markup("[bold green]leader[/]") : new Markup(Markup.Escape(status.Role.ToLowerInvariant()));

    private static IEnumerable<IRenderable> Numbers(params long[] numbers) => numbers.Select(number => new Text(Text($"{number:N0}")));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
