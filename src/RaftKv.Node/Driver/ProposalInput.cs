using RaftKv.Raft;

namespace RaftKv.Node.Driver;

/// <summary>A command to be replicated, and who waits for its result.</summary>
public abstract class ProposalInput : RequestInput
{
    /// <summary>Copies a command, so that the caller may reuse its bytes.</summary>
    /// <param name="payload">The command.</param>
    /// <param name="pool">
    /// Where the copy's memory comes from and goes to; null, the default, for memory of its own. Only for a machine that does not keep
    /// commands.
    /// </param>
    protected ProposalInput(ReadOnlySpan<byte> payload, EnvelopePool? pool = null) => Begin(payload, pool);

    /// <summary>For requests that are used again: <see cref="Begin"/> comes first.</summary>
    private protected ProposalInput()
    {
    }

    /// <summary>Bytes of the command and its envelope.</summary>
    internal int Bytes => Envelope.Length;

    /// <summary>The envelope with the command; sealed when the driver gives it a number.</summary>
    internal Memory<byte> Envelope { get; private set; }

    /// <summary>Where the envelope's memory goes back to, and that memory; null when it is left to the collector.</summary>
    internal (EnvelopePool Pool, byte[] Memory)? Lent { get; private set; }

    internal long RequestId { get; set; }

    /// <summary>
    /// The latest term in which it can have been appended; zero while it has been appended nowhere for certain. Once an entry of
    /// a later term is applied here without this one, it is in no log that counts.
    /// </summary>
    internal Term SentIn { get; set; }

    /// <summary>Whether it was forwarded a second time in the same term, so that a refusal may speak of the second copy alone.</summary>
    internal bool WasRepeated { get; set; }

    /// <summary>Called once, on the driver's thread, with the machine's answer. Must not call back into the driver.</summary>
    protected internal abstract void Succeed(CommandResult result);

    /// <summary>The envelope's memory is in the log: it goes back from there, or never.</summary>
    internal void LeaveToLog() => Lent = null;

    /// <summary>Moves the command to memory of its own: what the log may still hold must never change.</summary>
    internal void CopyEnvelope()
    {
        Envelope = CommandEnvelope.Copy(Envelope.Span[CommandEnvelope.HeaderBytes..], new byte[Envelope.Length]);
        Lent = null;
    }

    private protected void LetGo() => (Envelope, Lent) = (default, null);

    /// <summary>Makes the request one for a command that nothing has happened to yet.</summary>
    private protected void Begin(ReadOnlySpan<byte> payload, EnvelopePool? pool)
    {
        int length = CommandEnvelope.HeaderBytes + payload.Length;
        byte[]? memory = pool?.Rent(length);
        Lent = memory is null ? null : (pool!, memory);
        Envelope = CommandEnvelope.Copy(payload, memory ?? GC.AllocateUninitializedArray<byte>(length));
        (RequestId, SentIn, WasRepeated, IsOver) = (0, Term.Zero, false, false);
    }
}
