namespace RaftKv.Node.Driver;

/// <summary>
/// The node is to stop: new requests are refused, those under way end, a leader hands over; then the driver stops by itself, after
/// <see cref="NodeDriverOptions.StopTicks"/> in any case.
/// </summary>
public sealed class StopInput : NodeInput
{
    private StopInput()
    {
    }

    /// <summary>The only one: they do not differ.</summary>
    public static StopInput Instance { get; } = new();
}
