namespace RaftKv.Node;

/// <summary>
/// A machine whose state can be compared with that of the other members, slice by slice. A member whose state is not what the majority's
/// is takes no more requests and is rebuilt from another's state, if the machine is an <see cref="ISnapshotMachine"/> too.
/// </summary>
/// <remarks>
/// The leader names a slice by an entry of the log, so that every member looks at the same slice of the state as of the same place. Where
/// the next slice begins is for the machine to say; after the last one the walk starts again
/// (<see cref="RaftNodeOptions.AttestationInterval"/>). What is hashed should be what is stored: a digest that is only carried along from
/// command to command does not find what changes later.
/// </remarks>
public interface IAttestedMachine : IStateMachine
{
    /// <summary>
    /// Takes hold of the state as it is, for one slice of it. Called between two batches, and has to be cheap: the digest is worked out
    /// beside what is applied meanwhile.
    /// </summary>
    /// <param name="from">
    /// Where the slice begins: empty at the beginning of the state, else <see cref="SliceDigest.Next"/> of a slice of an earlier state, of
    /// this member or another. What was there may be gone. It may be kept.
    /// </param>
    /// <param name="format">
    /// The machine's format that is active there, as <see cref="Command.Format"/>: members of different builds must come to equal digests, so
    /// what is hashed may change only with it.
    /// </param>
    /// <returns>The slice; the caller disposes of it.</returns>
    IMachineSlice OpenSlice(ReadOnlyMemory<byte> from, int format);
}
