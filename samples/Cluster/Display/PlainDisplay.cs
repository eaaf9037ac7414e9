using System.Globalization;
using RaftKv.Samples.Cluster.Job;

namespace RaftKv.Samples.Cluster.Display;

/// <summary>One line for every event and one a second while puts go on, for logs and pipes.</summary>
internal sealed class PlainDisplay(TextWriter output) : IDisplay
{
    public async Task ShowAsync(JobState state, CancellationToken cancellationToken)
    {
        try
        {
            for (int shown = 0; ; )
            {
                await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancellationToken);
                if (state.Ledger.Acknowledged == shown)
                    continue;
                shown = state.Ledger.Acknowledged;
                Line(state, $"{shown:N0} of {state.Keys:N0} puts acknowledged, {state.Ledger.UnknownCount} unknown");
            }
        }
        catch (OperationCanceledException)
        {
            // the job has ended
        }
    }

    public void Event(JobState state, string phase) => Line(state, $"{phase}");

    public void Summarize(JobReport report)
    {
        foreach ((string name, string value) in report.Numbers())
            output.WriteLine($"{name,-44}{value}");
        foreach (Check check in report.Checks)
        {
            output.WriteLine($"{(check.Held ? "ok    " : "FAILED")}  {check.Name}");
            foreach (string fault in check.Faults)
                output.WriteLine($"        {fault}");
        }
        output.WriteLine(report.Held ? $"Every check held (seed {report.Seed})." : $"A CHECK FAILED: run again with --seed {report.Seed}.");
        output.Flush();
    }

    private void Line(JobState state, FormattableString text)
    {
        string elapsed = string.Create(CultureInfo.InvariantCulture, $"{state.Elapsed.TotalSeconds,6:0.0} s  ");
        output.WriteLine(elapsed + FormattableString.Invariant(text));
        output.Flush();
    }
}
