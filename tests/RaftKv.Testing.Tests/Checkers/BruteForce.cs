using RaftKv.Testing.Checkers;

namespace RaftKv.Testing.Tests.Checkers;

/// <summary>Linearizability by definition: every order that keeps real time, with every choice for calls of unknown fate.</summary>
internal static class BruteForce
{
    public static bool IsLinearizable<TState, TCall, TAnswer>(
        SequentialModel<TState, TCall, TAnswer> model, IReadOnlyList<TimedCall<TCall, TAnswer>> history)
        where TState : IEquatable<TState> =>
        Extend(model, history, model.Initial, new bool[history.Count]);

    private static bool Extend<TState, TCall, TAnswer>(
        SequentialModel<TState, TCall, TAnswer> model, IReadOnlyList<TimedCall<TCall, TAnswer>> history, TState state, bool[] done)
        where TState : IEquatable<TState>
    {
        if (Enumerable.Range(0, done.Length).All(i => done[i] || history[i].IsPending))
            return true;
        for (int i = 0; i < done.Length; i++)
        {
            // Something that ended before this began must come first.
            if (done[i] || Enumerable.Range(0, done.Length).Any(j => !done[j] && history[j].Ended < history[i].Started))
                continue;
            TState next = model.Apply(state, history[i].Call, out TAnswer correct);
            if (!history[i].IsPending && !model.Agrees(correct, history[i].Answer!))
                continue;
            done[i] = true;
            bool found = Extend(model, history, next, done);
            done[i] = false;
            if (found)
                return true;
        }
        return false;
    }
}
