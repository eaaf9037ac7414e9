namespace RaftKv.Raft.Tests.Schedules;

/// <summary>Bends a schedule, now and then, towards states that even chances meet too rarely.</summary>
internal interface ITemper
{
    void Bend();
}
