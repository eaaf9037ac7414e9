using RaftKv.Samples.Cluster.Job;

namespace RaftKv.Samples.Cluster.Display;

/// <summary>Shows a job to whoever looks.</summary>
internal interface IDisplay
{
    /// <summary>Shows the state again and again until cancelled.</summary>
    Task ShowAsync(JobState state, CancellationToken cancellationToken);

    /// <summary>Shows that the job entered a phase.</summary>
    void Event(JobState state, string phase);

    /// <summary>Shows the end.</summary>
    void Summarize(JobReport report);
}
