namespace RaftKv.Node;

/// <summary>Takes a machine's answers to one batch of commands.</summary>
public interface ICommandResults
{
    /// <summary>
    /// Says that a command is applied from now on. A machine need not say it; one that does has exactly that entry named when it throws.
    /// </summary>
    /// <param name="index">The command's place in the batch, from 0; the number of commands once what follows concerns all of them.</param>
    void Begin(int index)
    {
        // Only of interest to those who name entries.
    }

    /// <summary>
    /// Whether anyone on this node waits for the answer to a command. A machine may skip building an answer nobody reads; it must
    /// not let anything else depend on this, for it differs between members.
    /// </summary>
    /// <param name="index">The command's place in the batch, from 0.</param>
    bool IsAwaited(int index);

    /// <summary>Answers one command. A command without an answer is answered with no bytes.</summary>
    /// <param name="index">The command's place in the batch, from 0.</param>
    /// <param name="result">The answer; kept as it is, so the machine must not change the bytes afterwards.</param>
    void Set(int index, ReadOnlyMemory<byte> result);
}
