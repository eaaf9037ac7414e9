using RaftKv.Raft;

namespace RaftKv.Node.Driver;

/// <summary>A command to be replicated, and who waits for its result.</summary>
public abstract class ProposalInput : RequestInput
{
    /// <summary>Copies a command, so that the caller may reuse its bytes.</summary>
    /// <param name="payload">The command.</param>
    protected ProposalInput(ReadOnlySpan<byte> payload) => Envelope = CommandEnvelope.Allocate(payload);

    /// <summary>Bytes of the command and its envelope.</summary>
    internal int Bytes => Envelope.Length;

    /// <summary>The envelope with the command; sealed when the driver gives it a number.</summary>
    internal byte[] Envelope { get; set; }

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
}
