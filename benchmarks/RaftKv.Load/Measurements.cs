namespace RaftKv.Load;

/// <summary>All there is to measure, in the order of the table.</summary>
internal static class Measurements
{
    private static readonly IMeasurement[] All =
    [
        new Disk(), new Proposals(), new Allocations(), new EtcdPuts(), new Reads(), new Transfers(), new FailOver(), new CatchUp(),
        new StateStream(), new Groups(), new AttestedPuts(),
    ];

    public static string Names => string.Join(", ", All.Select(measurement => measurement.Name));

    public static bool Exists(string name) => All.Any(measurement => measurement.Name == name);

    public static IEnumerable<IMeasurement> Chosen(LoadOptions options) =>
        All.Where(measurement => options.Chosen.Count == 0 || options.Chosen.Contains(measurement.Name));
}
