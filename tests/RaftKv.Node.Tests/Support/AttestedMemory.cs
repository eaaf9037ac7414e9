namespace RaftKv.Node.Tests.Support;

/// <summary>A <see cref="ListMachine"/> in memory that can be compared but takes no state from others.</summary>
internal sealed class AttestedMemory : ListMachine, IAttestedMachine
{
    public IMachineSlice OpenSlice(ReadOnlyMemory<byte> from, int format) => new WholeSlice(Image());
}
