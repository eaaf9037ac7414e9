using RaftKv.Raft;

namespace RaftKv.Testing.Disk;

/// <summary>One directory's names, as the running machine sees them and as the platter holds them.</summary>
internal sealed class SimulatedNames(string path)
{
    private readonly List<Change> _pending = [];
    private SortedDictionary<string, SimulatedInode> _durable = new(StringComparer.Ordinal);

    public string Path => path;

    public SortedDictionary<string, SimulatedInode> Files { get; private set; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, SimulatedNames> Directories { get; } = new(StringComparer.Ordinal);

    public bool Locked { get; set; }

    public string Join(string name) => path.Length == 0 ? name : $"{path}/{name}";

    public void Create(string name) => Apply(new Change(name, null, new SimulatedInode()));

    public void Rename(string from, string to) => Apply(new Change(to, from, null));

    public void Delete(string name) => Apply(new Change(name, null, null));

    public void Flush()
    {
        _durable = new SortedDictionary<string, SimulatedInode>(Files, StringComparer.Ordinal);
        _pending.Clear();
    }

    public void Crash(CrashStyle style, SplittableRandom random)
    {
        int cut = style switch
        {
            CrashStyle.LoseAll => 0,
            CrashStyle.Prefix => random.Next(_pending.Count + 1),
            _ => _pending.Count,
        };
        foreach (Change change in _pending.Take(cut))
        {
            if (style != CrashStyle.Scatter || random.Chance(0.5))
                change.ApplyTo(_durable);
        }

        Files = new SortedDictionary<string, SimulatedInode>(StringComparer.Ordinal);
        foreach ((string name, SimulatedInode inode) in _durable)
            Files.Add(name, inode.AfterCrash(style, random));
        Flush();
        Locked = false;
        foreach (SimulatedNames directory in Directories.Values)
            directory.Crash(style, random);
    }

    private void Apply(Change change)
    {
        change.ApplyTo(Files);
        _pending.Add(change);
    }

    /// <summary>A creation has an inode, a rename an old name, a deletion neither.</summary>
    private sealed record Change(string Name, string? From, SimulatedInode? Created)
    {
        public void ApplyTo(SortedDictionary<string, SimulatedInode> files)
        {
            if (Created is not null)
                files[Name] = Created;
            else if (From is null)
                files.Remove(Name);
            else if (files.Remove(From, out SimulatedInode? moved))
                files[Name] = moved;
        }
    }
}
