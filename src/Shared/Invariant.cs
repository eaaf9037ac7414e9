using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace RaftKv;

/// <summary>
/// Checks of facts that only a bug can break. O(1) checks always run; O(n) audits run when the
/// <c>RaftKv.Audit</c> switch of <see cref="AppContext"/> is on, in the same binary.
/// </summary>
/// <remarks>This file is compiled into every assembly that checks invariants, so that the leaves share no reference.</remarks>
internal static class Invariant
{
    /// <summary>Whether whole-structure audits run. A static readonly field, so that the JIT folds it away when off.</summary>
    public static readonly bool Audit = AppContext.TryGetSwitch("RaftKv.Audit", out bool on) && on;

    public static void Check([DoesNotReturnIf(false)] bool condition, [CallerArgumentExpression(nameof(condition))] string text = "")
    {
        if (!condition)
            Throw(text);
    }

    [DoesNotReturn]
    private static void Throw(string text) => throw new InvariantViolationException(text);
}

/// <summary>A fact that only a bug can break did not hold. Whoever runs the component stops it; the process lives on.</summary>
internal sealed class InvariantViolationException(string condition) : InvalidOperationException($"Invariant violated: {condition}");
