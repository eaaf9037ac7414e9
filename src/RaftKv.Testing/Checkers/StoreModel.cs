using RaftKv.Testing.Histories;

namespace RaftKv.Testing.Checkers;

/// <summary>
/// The key-value store without revisions: put, delete, get, range and transactions with conditions on values. What clients see of
/// values alone must be explainable; revisions are judged by <see cref="RevisionOrder"/>.
/// </summary>
public sealed class StoreModel : SequentialModel<StoreModelState, StoreCall, StoreAnswer>
{
    private readonly List<string> _keys;

    /// <summary>Makes the model for a history, whose ranges reach over the keys that its calls name.</summary>
    public StoreModel(IEnumerable<StoreCall> calls)
    {
        ArgumentNullException.ThrowIfNull(calls);
        SortedSet<string> keys = new(StringComparer.Ordinal);
        foreach (StoreCall call in calls)
        {
            keys.UnionWith(call.Guards.Select(guard => guard.Key));
            keys.UnionWith(call.Steps.Where(step => step.Kind != StoreStepKind.Range).Select(step => step.Key));
        }
        _keys = [.. keys];
    }

    /// <inheritdoc/>
    public override StoreModelState Initial => StoreModelState.Empty;

    /// <inheritdoc/>
    public override IEnumerable<string> Parts(StoreCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        return call.Guards.Select(guard => guard.Key)
            .Concat(call.Steps.SelectMany(step => step.Kind == StoreStepKind.Range ? _keys.Where(step.Covers) : [step.Key]));
    }

    /// <inheritdoc/>
    public override bool IsReadOnly(StoreCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        return call.IsReadOnly;
    }

    /// <inheritdoc/>
    public override bool Agrees(StoreAnswer correct, StoreAnswer seen)
    {
        ArgumentNullException.ThrowIfNull(correct);
        return correct.Agrees(seen);
    }

    /// <inheritdoc/>
    public override StoreModelState Apply(StoreModelState state, StoreCall call, out StoreAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(call);
        StoreModelState now = state;
        bool holds = true;
        foreach (StoreGuard guard in call.Guards)
            holds &= state[guard.Key] == guard.Value;
        IReadOnlyList<StoreStep> steps = holds ? call.Then : call.Else;
        string[] results = steps.Count == 0 ? [] : new string[steps.Count];
        for (int i = 0; i < results.Length; i++)
            results[i] = Run(steps[i], ref now);
        answer = new StoreAnswer(0, holds, results);
        return now;
    }

    private static string Run(StoreStep step, ref StoreModelState now)
    {
        StoreModelState before = now;
        switch (step.Kind)
        {
            case StoreStepKind.Put:
                now = before.With(step.Key, step.Text);
                return ".";
            case StoreStepKind.Delete:
                now = before.With(step.Key, null);
                return before[step.Key] is null ? "0" : "1";
            case StoreStepKind.Get:
                return StoreAnswer.Value(before[step.Key]);
            default:
                return StoreAnswer.Pairs(before.Pairs.Where(pair => step.Covers(pair.Key)));
        }
    }
}
