using RaftKv.Node.Driver;
using RaftKv.Raft;

namespace RaftKv.Node.Workers;

/// <summary>Runs a driver: takes what has happened, hands it in, lets the driver hand on what follows.</summary>
internal sealed class NodeLoop(NodeDriver driver, Inbox inbox, Action<RaftStatus> published)
{
    // Work is handed on after this many inputs at most, so that a long queue does not delay the first of its consequences.
    private const int InputsPerPumpMax = 1024;

    private volatile bool _stopping;

    /// <summary>Runs until the driver has stopped.</summary>
    public async Task RunAsync()
    {
        while (driver.StopReason is null)
        {
            await inbox.WaitAsync().ConfigureAwait(false);
            Handle(inbox.Take());
            if (_stopping)
                driver.Stop(StopReasons.Stopped());
        }
        published(driver.Status);
    }

    /// <summary>Ends the loop after what it is doing now.</summary>
    public void Stop()
    {
        _stopping = true;
        inbox.PostTick();
    }

    /// <summary>Answers what was posted after the loop ended, so that nobody waits for good.</summary>
    public void DrainAfterStop() => Handle(inbox.Take());

    private void Handle(List<NodeInput> inputs)
    {
        (Role role, NodeId leader) = (driver.Role, driver.Leader);
        bool ticked = false;
        for (int i = 0; i < inputs.Count; i++)
        {
            driver.Handle(inputs[i]);
            ticked |= inputs[i] is TickInput;
            if (i % InputsPerPumpMax == InputsPerPumpMax - 1)
                driver.Pump();
        }
        driver.Pump();
        if (ticked || role != driver.Role || leader != driver.Leader)
            published(driver.Status);
    }
}
