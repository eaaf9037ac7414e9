using RaftKv.Node.Driver;
using RaftKv.Raft;

namespace RaftKv.Node.Tests.Driver;

/// <summary>Source: <see cref="CommandApplier"/>: what is said of a machine that throws.</summary>
public sealed class FailingMachineTests
{
    private static readonly NodeId Self = new(1);

    [Theory]
    [InlineData(4, true, 2, "The machine failed to apply entry 3/9, command 3 of 4 in its batch: no")]
    [InlineData(4, true, 4, "The machine failed to apply the entries 3/7 to 3/10: no")]
    [InlineData(4, false, 2, "The machine failed to apply the entries 3/7 to 3/10: no")]
    [InlineData(1, false, 0, "The machine failed to apply entry 3/7: no")]
    public void The_entry_is_named_exactly_when_the_machine_says_where_it_is(int commands, bool tells, int throwsAt, string expected)
    {
        Thrower machine = new(tells, throwsAt);
        CommandApplier applier = new(machine, Self, 1, new LogIndex(6));
        Entry[] entries = [.. Enumerable.Range(7, commands).Select(index => EntryAt(index))];
        RaftKvException thrown = Assert.Throws<RaftKvException>(() => applier.Apply([entries]));
        Assert.Equal((RaftKvError.Faulted, expected), (thrown.Error, thrown.Message));
        Assert.Equal(Math.Min(throwsAt, commands), machine.Applications);
    }

    private static Entry EntryAt(int index)
    {
        byte[] envelope = new byte[CommandEnvelope.HeaderBytes + 1];
        CommandEnvelope.Seal(envelope, Self, 1, index);
        return new Entry(new LogPosition(new Term(3), new LogIndex(index)), EntryKind.Command, envelope);
    }

    private sealed class Thrower(bool tells, int throwsAt) : IStateMachine
    {
        public LogPosition Applied => default;

        public LogPosition Durable => default;

        public bool CheckpointDue => false;

        public int Applications { get; private set; }

        public void Apply(ReadOnlySpan<Command> commands, ICommandResults results)
        {
            for (int i = 0; i <= commands.Length; i++)
            {
                if (tells)
                    results.Begin(i);
                if (i == throwsAt)
                    throw new InvalidOperationException("no");
                Applications++;
            }
        }

        public void Checkpoint()
        {
        }
    }
}
