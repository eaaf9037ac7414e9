using RaftKv.Raft;
using RaftKv.Samples.CustomStateMachine;
using RaftKv.Storage.Disk;
using RaftKv.Testing.Scenarios;

namespace RaftKv.CustomStateMachine.Tests;

/// <summary>The ledger in the simulated world: what to open, what a client does, what must hold.</summary>
internal sealed class LedgerWorkload(bool forgetsFlush = false) : MachineWorkload<LedgerMachine>
{
    protected override LedgerMachine Open(IStorageDirectory directory) => new(directory, transfersPerCheckpoint: 20, forgetsFlush);

    protected override Task ActAsync(SimulatedClient<LedgerMachine> client)
    {
        SplittableRandom random = client.Random;
        return random.Chance(0.2)
            ? client.ReadAsync(Check)
            : client.ProposeAsync(new Transfer(random.Next(8), random.Next(8), 1 + random.Next(50)).Encode());
    }

    protected override void Check(LedgerMachine machine) =>
        Assert.Equal(LedgerMachine.Accounts * LedgerMachine.OpeningBalance, machine.Audit().Sum());

    protected override string Fingerprint(LedgerMachine machine) => $"{machine.Applied}: {string.Join(' ', machine.Audit())}";
}
