using RaftKv.Raft;

namespace RaftKv.Testing.Disk;

/// <summary>
/// Visits every state that a crash may leave of a <see cref="SimulatedDisk"/>, at every moment of a run: unflushed sectors and names
/// lost or kept each on its own, which covers torn and reordered writes.
/// </summary>
/// <remarks>
/// While there are at most <paramref name="statesMax"/> combinations at a moment all of them are visited. When there are more, these
/// are: nothing kept, everything kept, every single thing lost or kept alone, and random combinations up to the bound.
/// </remarks>
/// <param name="disk">The disk the run uses.</param>
/// <param name="random">Draws the combinations where there are too many.</param>
/// <param name="statesMax">The most states visited at one moment.</param>
public sealed class CrashExplorer(SimulatedDisk disk, SplittableRandom random, int statesMax = 256)
{
    /// <summary>Moments explored.</summary>
    public long Moments { get; private set; }

    /// <summary>Moments at which all combinations were visited.</summary>
    public long MomentsComplete { get; private set; }

    /// <summary>States visited.</summary>
    public long States { get; private set; }

    /// <summary>Explores before every operation that changes or flushes something, from now on.</summary>
    /// <param name="check">
    /// Opens what the given disk holds and throws when a promise is broken; called in the middle of the run, on its thread.
    /// </param>
    /// <remarks>Takes the place of <see cref="SimulatedDisk.Faults"/>. Call <see cref="Explore"/> once more when the run is over.</remarks>
    public void Watch(Action<SimulatedDisk> check)
    {
        disk.Faults = operation =>
        {
            if (operation.Kind != DiskOperationKind.Read)
                Explore(check);
            return DiskFault.None;
        };
    }

    /// <summary>Visits the states that a crash now may leave.</summary>
    /// <param name="check">Opens what the given disk holds and throws when a promise is broken.</param>
    public void Explore(Action<SimulatedDisk> check)
    {
        ArgumentNullException.ThrowIfNull(check);
        int[] ways = disk.CrashChoices();
        Moments++;
        bool isComplete = Combinations(ways) <= statesMax;
        MomentsComplete += isComplete ? 1 : 0;
        foreach (int[] choices in isComplete ? All(ways) : Some(ways))
        {
            States++;
            check(disk.AfterCrash(choices));
        }
    }

    private static double Combinations(int[] ways)
    {
        double product = 1;
        foreach (int count in ways)
            product *= count;
        return product;
    }

    /// <summary>Counts through all combinations like an odometer.</summary>
    private static IEnumerable<int[]> All(int[] ways)
    {
        int[] choices = new int[ways.Length];
        while (true)
        {
            yield return choices;
            int wheel = 0;
            while (wheel < ways.Length && ++choices[wheel] == ways[wheel])
                choices[wheel++] = 0;
            if (wheel == ways.Length)
                yield break;
        }
    }

    private IEnumerable<int[]> Some(int[] ways)
    {
        int[] none = new int[ways.Length];
        int[] everything = [.. ways.Select(count => count - 1)];
        yield return none;
        yield return everything;
        int[] open = [.. Enumerable.Range(0, ways.Length).Where(thing => ways[thing] > 1)];
        int alone = Math.Min(open.Length, statesMax / 4);
        for (int i = 0; i < alone; i++)
        {
            int thing = open[open.Length == alone ? i : random.Next(open.Length)];
            int[] kept = (int[])none.Clone();
            kept[thing] = everything[thing];
            yield return kept;
            int[] lost = (int[])everything.Clone();
            lost[thing] = 0;
            yield return lost;
        }

        for (int visited = 2 + (2 * alone); visited < statesMax; visited++)
            yield return [.. ways.Select(count => random.Next(count))];
    }
}
