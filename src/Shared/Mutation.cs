namespace RaftKv;

/// <summary>
/// Switches one known bug on, for tests. Only debug builds can: in release builds, and so in packages, the answer is a constant no
/// and the compiler drops what hangs on it.
/// </summary>
/// <remarks>This file is compiled into every assembly that has bugs to switch on, each with an enumeration of its own.</remarks>
internal static class Mutation
{
#if RAFTKV_MUTANTS
    // Tests run side by side, each on one thread.
    [ThreadStatic]
    private static Mutant _active;

    public static void Activate(Mutant mutant) => _active = mutant;

    public static bool Is(Mutant mutant) => _active == mutant;
#else
    public static bool Is(Mutant mutant) => mutant < Mutant.None;
#endif
}
