namespace RaftKv.Node.Driver;

/// <summary>
/// Memory for this node's commands, used again after the log has let go of them. For machines that do not keep commands
/// (<see cref="IStateMachine.KeepsCommands"/>). Thread-safe.
/// </summary>
/// <remarks>
/// A command's memory comes back only from the log of a member that appended it as leader and led without a break until then; any
/// other is left to the collector, which costs memory and never a command. What is lent is not counted: whoever never gives it back
/// costs an allocation and nothing else.
/// </remarks>
public sealed class EnvelopePool
{
    // Sizes are rounded up to these steps; longer commands cost more to copy than to allocate.
    private const int StepBytes = 64;
    private const int BytesMax = 4096;

    private readonly Lock _lock = new();
    private readonly Stack<byte[]>?[] _free = new Stack<byte[]>?[BytesMax / StepBytes];
    private readonly long _bytesMax;
    private readonly bool _poisons;
    private long _bytes;

    /// <summary>Makes an empty pool.</summary>
    /// <param name="bytesMax">How many bytes are kept for later; default 4 MiB. Too small: more is allocated.</param>
    /// <param name="poisons">
    /// Whether what comes back is overwritten, so that whoever still reads it notices. Default: the switch <c>RaftKv.Audit</c> of
    /// <see cref="AppContext"/>.
    /// </param>
    public EnvelopePool(long bytesMax = 4 * 1024 * 1024, bool? poisons = null)
    {
        _bytesMax = bytesMax;
        _poisons = poisons ?? (AppContext.TryGetSwitch("RaftKv.Audit", out bool isOn) && isOn);
    }

    /// <summary>Memory of at least a size; null when it is too large to be kept here.</summary>
    internal byte[]? Rent(int bytes)
    {
        if (bytes > BytesMax)
            return null;
        int step = (bytes - 1) / StepBytes;
        lock (_lock)
        {
            if (_free[step] is { Count: > 0 } free)
            {
                _bytes -= free.Peek().Length;
                return free.Pop();
            }
        }
        return GC.AllocateUninitializedArray<byte>((step + 1) * StepBytes);
    }

    /// <summary>Nobody reads the memory any more.</summary>
    internal void Return(byte[] memory)
    {
        if (_poisons)
            memory.AsSpan().Fill(0xDB);
        lock (_lock)
        {
            if (_bytes + memory.Length > _bytesMax)
                return;
            _bytes += memory.Length;
            (_free[memory.Length / StepBytes - 1] ??= new Stack<byte[]>()).Push(memory);
        }
    }
}
