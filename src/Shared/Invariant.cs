using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace RaftKv;

/// <summary>
/// Checks of facts that only a bug can break. They always run and cost no more than a comparison; audits of whole structures, which
/// call the same checks, run where an option asks for them.
/// </summary>
/// <remarks>This file is compiled into every assembly that checks invariants, so that the leaves share no reference.</remarks>
internal static class Invariant
{
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
