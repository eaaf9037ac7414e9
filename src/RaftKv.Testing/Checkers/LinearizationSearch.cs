using RaftKv.Raft;

namespace RaftKv.Testing.Checkers;

/// <summary>
/// The search for one order of the calls of one part: depth first, always among the calls that began before the first end that is not
/// yet explained, and never twice through the same set of calls with the same state.
/// </summary>
internal sealed class LinearizationSearch<TState, TCall, TAnswer>
    where TState : IEquatable<TState>
{
    private readonly SequentialModel<TState, TCall, TAnswer> _model;
    private readonly TimedCall<TCall, TAnswer>[] _calls;
    private readonly UInt128[] _marks;
    private readonly long _stepsMax;

    // What nothing followed from: a set of calls, with the state after them. Only what was undone can come up again, for the set grows.
    private readonly HashSet<(UInt128 Set, TState State)> _failed = [];
    private readonly Stack<Choice> _chosen = new();
    private readonly Entry _head = new(-1, isEnd: false);
    private readonly List<int> _pending = [];
    private readonly bool[] _isChosen;
    private UInt128 _set;

    public LinearizationSearch(
        SequentialModel<TState, TCall, TAnswer> model, IReadOnlyList<TimedCall<TCall, TAnswer>> calls, long stepsMax)
    {
        _model = model;
        _calls = [.. calls];
        _stepsMax = stepsMax;
        _isChosen = new bool[_calls.Length];
        // A set of calls is told from another by the sum of random marks: 128 bits make a mistake less likely than a broken machine.
        SplittableRandom random = new(0x6C696E656172);
        _marks = [.. _calls.Select(_ => new UInt128(random.NextUInt64(), random.NextUInt64()))];
        Link();
    }

    /// <summary>Calls that were tried.</summary>
    public long Steps { get; private set; }

    public LinearizabilityOutcome Run()
    {
        TState state = _model.Initial;
        Entry? at = _head.Next;
        int pending = 0;
        while (_head.Next is not null)
        {
            if (Steps > _stepsMax)
                return LinearizabilityOutcome.Undecided;
            Choice chosen;
            if (at is { IsEnd: false } begin)
            {
                if (!Try(begin.Call, ref state, out chosen))
                {
                    at = begin.Next;
                    continue;
                }
                begin.Unlink();
                begin.Partner!.Unlink();
                chosen.Begin = begin;
            }
            else if (NextPending(ref pending, _calls[at!.Call].Ended, ref state, out chosen))
            {
                // A call of unknown fate is thought to have happened only when nothing else goes on.
            }
            else
            {
                if (!Undo(ref state, out at, out pending))
                    return LinearizabilityOutcome.NotLinearizable;
                continue;
            }
            _chosen.Push(chosen);
            (at, pending) = (_head.Next, 0);
        }
        return LinearizabilityOutcome.Linearizable;
    }

    private bool NextPending(ref int pending, long before, ref TState state, out Choice chosen)
    {
        for (; pending < _pending.Count && _calls[_pending[pending]].Started <= before; pending++)
        {
            int call = _pending[pending];
            if (_isChosen[call] || _model.IsReadOnly(_calls[call].Call) || !Try(call, ref state, out chosen))
                continue;
            chosen.Pending = pending;
            return true;
        }
        chosen = default;
        return false;
    }

    private bool Try(int call, ref TState state, out Choice chosen)
    {
        chosen = default;
        Steps++;
        TState next = _model.Apply(state, _calls[call].Call, out TAnswer correct);
        if (!_calls[call].IsPending && !_model.Agrees(correct, _calls[call].Answer!))
            return false;
        if (_calls[call].IsPending && ExplainsNothing(call, state, next))
            return false;
        UInt128 set = _set ^ _marks[call];
        if (_failed.Contains((set, next)))
            return false;
        chosen = new Choice { Call = call, Before = state, Pending = -1 };
        (_set, state, _isChosen[call]) = (set, next, true);
        return true;
    }

    // A call of unknown fate explains nothing when it changes nothing, and makes the one before it explain nothing when that is of its kind
    // and the state would be the same without it: the way that leaves that one out has all the choices that this one has.
    private bool ExplainsNothing(int call, TState state, TState next) => next.Equals(state)
        || (_chosen.TryPeek(out Choice last) && last.Begin is null && _model.Apply(last.Before, _calls[call].Call, out _).Equals(next));

    private bool Undo(ref TState state, out Entry? at, out int pending)
    {
        (at, pending) = (null, 0);
        if (!_chosen.TryPop(out Choice last))
            return false;
        _failed.Add((_set, state));
        (state, _isChosen[last.Call]) = (last.Before, false);
        _set ^= _marks[last.Call];
        if (last.Begin is null)
        {
            // Back to the end before which this call of unknown fate was tried: the next of its kind is tried there.
            at = FirstEnd();
            pending = last.Pending + 1;
            return true;
        }
        last.Begin.Partner!.Relink();
        last.Begin.Relink();
        at = last.Begin.Next;
        return true;
    }

    private Entry FirstEnd()
    {
        Entry at = _head.Next!;
        while (!at.IsEnd)
            at = at.Next!;
        return at;
    }

    private void Link()
    {
        List<Entry> entries = [];
        foreach (int call in Enumerable.Range(0, _calls.Length).OrderBy(call => _calls[call].Started))
        {
            if (_calls[call].IsPending)
            {
                _pending.Add(call);
                continue;
            }
            Entry begin = new(call, isEnd: false);
            begin.Partner = new Entry(call, isEnd: true) { Partner = begin };
            entries.Add(begin);
            entries.Add(begin.Partner);
        }
        Entry last = _head;
        // Where a call begins at the moment another ends they overlap.
        foreach (Entry entry in entries.OrderBy(entry => entry.IsEnd ? _calls[entry.Call].Ended : _calls[entry.Call].Started)
            .ThenBy(entry => entry.IsEnd))
        {
            (last.Next, entry.Previous) = (entry, last);
            last = entry;
        }
    }

    private struct Choice
    {
        public int Call;
        public TState Before;
        public Entry? Begin;
        public int Pending;
    }

    private sealed class Entry(int call, bool isEnd)
    {
        public int Call => call;

        public bool IsEnd => isEnd;

        public Entry? Partner { get; set; }

        public Entry? Previous { get; set; }

        public Entry? Next { get; set; }

        public void Unlink()
        {
            Previous!.Next = Next;
            Next?.Previous = Previous;
        }

        public void Relink()
        {
            Previous!.Next = this;
            Next?.Previous = this;
        }
    }
}
