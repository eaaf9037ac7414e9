namespace RaftKv.Node;

/// <summary>
/// A machine whose state can travel, so that a member that is far behind gets the state in place of the log. With such machines the log is
/// bounded (<see cref="RaftNodeOptions.LogBytesKeptMax"/>); with others it is kept for as long as any member lacks it.
/// </summary>
public interface ISnapshotMachine : IStateMachine
{
    /// <summary>
    /// Whether <see cref="OpenSnapshot"/> may run on another thread beside <see cref="IStateMachine.Apply"/>. When false it is called
    /// between two batches and has to be cheap.
    /// </summary>
    bool OpensBesideApply => false;

    /// <summary>Opens the state to be sent to another member. Reading it then must not hold up what is applied meanwhile.</summary>
    /// <returns>The state at any position from <see cref="IStateMachine.Durable"/> on; the caller disposes of it.</returns>
    IMachineSnapshot OpenSnapshot();

    /// <summary>
    /// Makes a receiver for a state from another member, beside everything else; nothing is touched before the receiver is used. The
    /// receiver before it, if there was one, is not used any more, but maybe not disposed of yet.
    /// </summary>
    IMachineReceiver BeginReceive();
}

/// <summary>One opened state of a machine, which does not change while it is open. Used by one thread at a time, beside all else.</summary>
public interface IMachineSnapshot : IDisposable
{
    /// <summary>The last command it includes.</summary>
    Raft.LogPosition Position { get; }

    /// <summary>How long it is.</summary>
    /// <value>Bytes; null when that is not known before its end.</value>
    long? Length { get; }

    /// <summary>Reads from an offset, which is where the last call ended, or where an earlier one began.</summary>
    /// <param name="offset">Bytes from the beginning.</param>
    /// <param name="destination">Filled whole, unless the end comes first.</param>
    /// <returns>How many bytes were read; fewer than asked for, down to 0, only at the end.</returns>
    int Read(long offset, Span<byte> destination);
}

/// <summary>
/// Takes a machine's state from another member, beside what is applied meanwhile, and puts it in the place of the old one at the end.
/// Used by one thread at a time.
/// </summary>
public interface IMachineReceiver : IDisposable
{
    /// <summary>A state begins; whatever was taken before is void.</summary>
    /// <param name="length">Bytes; null when that is not known before its end.</param>
    void Begin(long? length);

    /// <summary>Takes bytes.</summary>
    /// <param name="offset">Bytes from the beginning: the end of what was taken before.</param>
    /// <param name="bytes">Valid until the call returns.</param>
    void Write(long offset, ReadOnlySpan<byte> bytes);

    /// <summary>
    /// Everything has arrived: makes it durable and examines it, as thoroughly as it takes. It does not replace anything yet.
    /// </summary>
    /// <exception cref="Storage.StorageCorruptException">It is no sound state; it will be fetched anew.</exception>
    void Verify();

    /// <summary>
    /// Puts the verified state in the place of the machine's. Called between two batches. On return it is durable, and the machine's
    /// <see cref="IStateMachine.Applied"/> and <see cref="IStateMachine.Durable"/> tell its position; after a crash on the way the
    /// machine has the old state or the new one.
    /// </summary>
    void Install();
}
