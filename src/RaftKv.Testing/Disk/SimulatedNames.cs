using RaftKv.Raft;

namespace RaftKv.Testing.Disk;

/// <summary>One directory's names, as the running machine sees them and as the platter holds them.</summary>
internal sealed class SimulatedNames(string path)
{
    private readonly List<Change> _pending = [];
    private SortedDictionary<string, SimulatedInode> _durable = new(StringComparer.Ordinal);

    public string Path => path;

    public SortedDictionary<string, SimulatedInode> Files { get; private set; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, SimulatedNames> Directories { get; private init; } = new(StringComparer.Ordinal);

    public bool Locked { get; set; }

    public string Join(string name) => path.Length == 0 ? name : $"{path}/{name}";

    public void Create(string name) => Apply(new Change(name, null, new SimulatedInode()));

    public void Rename(string from, string to) => Apply(new Change(to, from, null));

    public void Delete(string name) => Apply(new Change(name, null, null));

    /// <summary>Ends every hold that a process has on files and directories.</summary>
    public void Release()
    {
        Locked = false;
        foreach (SimulatedInode inode in Inodes().Concat(Files.Values))
            inode.Reopen();
        foreach (SimulatedNames directory in Directories.Values)
            directory.Release();
    }

    public void Flush()
    {
        if (_pending.Count == 0 && _durable.Count == Files.Count)
            return;
        _durable = new SortedDictionary<string, SimulatedInode>(Files, StringComparer.Ordinal);
        _pending.Clear();
    }

    /// <summary>
    /// How many ways each unflushed thing can go: each change of a name is lost (0) or kept (1), then each file in its ways, then
    /// the subdirectories likewise.
    /// </summary>
    public IEnumerable<int> CrashChoices() =>
        _pending.Select(_ => 2)
            .Concat(Inodes().SelectMany(inode => inode.CrashChoices()))
            .Concat(Directories.Values.SelectMany(directory => directory.CrashChoices()));

    /// <summary>The directory after the power comes back, for one way that each of <see cref="CrashChoices"/> went.</summary>
    public SimulatedNames AfterCrash(IEnumerator<int> choices)
    {
        SortedDictionary<string, SimulatedInode> names = new(_durable, StringComparer.Ordinal);
        foreach (Change change in _pending)
        {
            choices.MoveNext();
            if (choices.Current == 1)
                change.ApplyTo(names);
        }

        Dictionary<SimulatedInode, SimulatedInode> after = [];
        foreach (SimulatedInode inode in Inodes())
            after.Add(inode, inode.AfterCrash(choices));
        SimulatedNames directory = new(path);
        foreach ((string name, SimulatedInode inode) in names)
            directory.Files.Add(name, after[inode]);
        foreach ((string name, SimulatedNames sub) in Directories)
            directory.Directories.Add(name, sub.AfterCrash(choices));
        directory.Flush();
        return directory;
    }

    /// <summary>One way for each of <see cref="CrashChoices"/>.</summary>
    public List<int> DrawChoices(CrashStyle style, SplittableRandom random)
    {
        int cut = style switch
        {
            CrashStyle.LoseAll => 0,
            CrashStyle.Prefix => random.Next(_pending.Count + 1),
            _ => _pending.Count,
        };
        List<int> choices = [];
        for (int i = 0; i < _pending.Count; i++)
            choices.Add(i < cut && (style != CrashStyle.Scatter || random.Chance(0.5)) ? 1 : 0);
        foreach (SimulatedInode inode in Inodes())
            choices.AddRange(inode.DrawChoices(style, random));
        foreach (SimulatedNames directory in Directories.Values)
            choices.AddRange(directory.DrawChoices(style, random));
        return choices;
    }

    private IEnumerable<SimulatedInode> Inodes() =>
        _durable.Values.Concat(_pending.Select(change => change.Created).OfType<SimulatedInode>()).Distinct();

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
