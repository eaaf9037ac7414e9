using System.Net;
using RaftKv.Samples.CustomStateMachine;

// Exit codes: 0 the audits agree and add up, 1 they do not.
const int Transfers = 500;
string directory = Directory.CreateTempSubdirectory("raftkv-ledger-").FullName;
IPEndPoint[] addresses = Bank.DrawAddresses();
try
{
    long expected = LedgerMachine.Accounts * LedgerMachine.OpeningBalance;
    await using (Bank bank = await Bank.OpenAsync(directory, addresses))
    {
        Console.WriteLine($"Three members, {LedgerMachine.Accounts} accounts of {LedgerMachine.OpeningBalance} each; "
            + $"member {await bank.WaitForLeaderAsync()} leads.");
        int moved = 0;
        for (int i = 0; i < Transfers; i++)
            moved += await bank.MoveAsync(i, new Transfer(i % 8, (i * 5 + 1) % 8, 1 + (i * 7 % 60))) ? 1 : 0;
        Console.WriteLine($"{Transfers} transfers through all members: {moved} done, {Transfers - moved} refused for want of money.");
    }
    Console.WriteLine("All members stopped, and started again from their checkpoints and logs.");
    await using (Bank bank = await Bank.OpenAsync(directory, addresses))
    {
        await bank.WaitForLeaderAsync();
        HashSet<string> seen = [];
        bool isWhole = true;
        for (int member = 0; member < 3; member++)
        {
            long[] balances = await bank.AuditAsync(member);
            seen.Add(string.Join(' ', balances));
            isWhole &= balances.Sum() == expected;
            Console.WriteLine($"Audit at member {member + 1}: {string.Join(' ', balances)}, together {balances.Sum()}.");
        }
        Console.WriteLine(isWhole && seen.Count == 1 ? "The audits agree, and nothing was lost." : "THE AUDITS DISAGREE.");
        return isWhole && seen.Count == 1 ? 0 : 1;
    }
}
finally
{
    Directory.Delete(directory, recursive: true);
}
