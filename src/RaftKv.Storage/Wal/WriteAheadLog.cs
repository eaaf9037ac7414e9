using System.Runtime.InteropServices;
using RaftKv.Storage.Disk;

namespace RaftKv.Storage.Wal;

/// <summary>
/// A durable log for several groups of entries in one set of files. What <see cref="Append"/> returned for is there after any
/// crash; what was not yet returned for is there whole or not at all, batch by batch.
/// </summary>
/// <remarks>
/// All members may be called from any thread. Appending blocks until the data is durable; callers that come meanwhile share the
/// next write and the next flush. The log locks no directory: whoever owns the directory does (<see cref="IStorageDirectory.Lock"/>).
/// A group that was never written is empty, with first index 1 and last index 0.
/// </remarks>
public sealed class WriteAheadLog : IDisposable
{
    /// <summary>The tag of an entry whose record was lost in damage; see <see cref="WalOptions.KeepWhatFollowsDamage"/>.</summary>
    public const long UnknownTag = long.MinValue;

    private readonly LogState _state;
    private readonly LogWriter _writer;
    private readonly CommitQueue _queue;
    private readonly WalOptions _options;
    private readonly SegmentFiles _files;
    private volatile bool _disposed;

    private WriteAheadLog(RecoveredLog recovered, WalOptions options)
    {
        Recovery = recovered.Report;
        Identity = recovered.Identity;
        _options = options;
        _files = recovered.Files;
        _state = new LogState(recovered);
        _writer = new LogWriter(_state, recovered, options);
        _queue = new CommitQueue(_writer.WriteBytesMax, _writer.Commit);
    }

    /// <summary>What opening found besides a clean end.</summary>
    public WalRecoveryReport Recovery { get; }

    /// <summary>Drawn when the log was created, the same in all its segments: a log that was lost and made anew has another.</summary>
    public long Identity { get; }

    /// <summary>The groups that have a state or entries, or had, in ascending order.</summary>
    public IReadOnlyList<long> Groups
    {
        get
        {
            lock (_state.Gate)
                return [.. _state.Groups.Keys];
        }
    }

    /// <summary>Opens the log in a directory, or creates it there; removes what a crash left unfinished.</summary>
    /// <param name="directory">Holds the segment files; must outlive the log. Files of other names are left alone.</param>
    /// <param name="options">Settings; they may differ from those of earlier openings.</param>
    /// <exception cref="StorageCorruptException">
    /// Something that was durable is damaged or missing; nothing was changed. <see cref="WalInspector.Verify"/> tells what is lost.
    /// </exception>
    /// <exception cref="WalFormatException">A file belongs to another log or a later version; nothing was changed.</exception>
    public static WriteAheadLog Open(IStorageDirectory directory, WalOptions options)
    {
        ArgumentNullException.ThrowIfNull(directory);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        RecoveredLog recovered = LogOpener.Open(directory, options);
        try
        {
            return new WriteAheadLog(recovered, options);
        }
        catch
        {
            recovered.Segments.ForEach(segment => segment.Dispose());
            throw;
        }
    }

    /// <summary>Makes a batch durable. Returns when it is; an empty batch returns at once.</summary>
    /// <param name="batch">The entries and states; the caller may clear and reuse it after the call.</param>
    /// <exception cref="ArgumentException">An entry leaves a gap after its group's last one, or is released; nothing changed.</exception>
    /// <exception cref="StorageFullException">No room; the log is as before and the call may be made again.</exception>
    /// <exception cref="StorageIoException">
    /// The device refused; the log is as before, but should the process die before the next append, the batch may be there.
    /// </exception>
    /// <exception cref="StorageFailedException">
    /// A flush failed, now or before: whether the batch is there shows when the log is reopened.
    /// </exception>
    public void Append(WalBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (batch.IsEmpty)
            return;
        batch.Compress(_options.Codec, _options.CompressionThresholdBytes);
        Submit(batch);
    }

    /// <summary>The first index a group still has; one past the last index when it has none.</summary>
    public long FirstIndex(long group)
    {
        lock (_state.Gate)
            return _state.Groups.TryGetValue(group, out GroupLog? log) ? log.First : 1;
    }

    /// <summary>The last index of a group; one before the first when it has no entries.</summary>
    public long LastIndex(long group)
    {
        lock (_state.Gate)
            return _state.Groups.TryGetValue(group, out GroupLog? log) ? log.Last : 0;
    }

    /// <summary>The tag an entry was added with, from memory.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The group has no such entry.</exception>
    public long Tag(long group, long index)
    {
        lock (_state.Gate)
            return Require(group, index, index).TagAt(index);
    }

    /// <summary>The runs of equal tags of a group's entries, from memory, in order.</summary>
    public IReadOnlyList<(long FirstIndex, long Tag)> TagRuns(long group)
    {
        lock (_state.Gate)
            return _state.Groups.TryGetValue(group, out GroupLog? log) ? log.CopyRuns() : [];
    }

    /// <summary>The state blob last set for a group; empty when none was.</summary>
    public ReadOnlyMemory<byte> State(long group)
    {
        lock (_state.Gate)
            return _state.Groups.TryGetValue(group, out GroupLog? log) ? log.State : ReadOnlyMemory<byte>.Empty;
    }

    /// <summary>Reads entries by index, wherever they lie, as long as they fit; at least one.</summary>
    /// <param name="group">The group.</param>
    /// <param name="first">The first index wanted.</param>
    /// <param name="last">The last index wanted.</param>
    /// <param name="maxBytes">Payload bytes after which to stop; the first entry is read whatever its size.</param>
    /// <param name="into">Receives the entries, after what it holds.</param>
    /// <returns>How many entries were read.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The group does not have the whole range.</exception>
    /// <exception cref="StorageCorruptException">An entry is damaged; the ones before it were added.</exception>
    public int Read(long group, long first, long last, long maxBytes, List<WalEntry> into)
    {
        ArgumentNullException.ThrowIfNull(into);
        List<EntryLocation> locations = [];
        lock (_state.Gate)
        {
            GroupLog log = Require(group, first, last);
            long bytes = 0;
            for (long index = first; index <= last; index++)
            {
                EntryLocation location = log.Locate(index);
                bytes += location.Length;
                if (bytes > maxBytes && index > first)
                    break;
                locations.Add(location);
                location.Segment.Pins++;
            }
        }

        try
        {
            EntryReader reader = new(group, _options.Codec, maxBytes, into);
            return reader.Read(first, CollectionsMarshal.AsSpan(locations));
        }
        finally
        {
            lock (_state.Gate)
                locations.ForEach(location => location.Segment.Pins--);
        }
    }

    /// <summary>
    /// Says that a group's entries up to an index are no longer needed. Past the last index it empties the group, whose next
    /// entry then has any later index.
    /// </summary>
    /// <param name="group">The group.</param>
    /// <param name="throughIndex">The last index to release, with one after it; one released before changes nothing.</param>
    /// <remarks>
    /// Writes nothing itself: the next <see cref="Append"/> carries it, and only then are segments that no group needs given
    /// back. A crash before may bring the entries back.
    /// </remarks>
    public void Release(long group, long throughIndex)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(group);
        ArgumentOutOfRangeException.ThrowIfEqual(throughIndex, long.MaxValue);
        ObjectDisposedException.ThrowIf(_disposed, this);
        lock (_state.Gate)
            _state.Release(group, throughIndex);
    }

    /// <summary>
    /// Copies the segments in which opening found damage, beside them and with <c>.damaged</c> after their names, so that what they hold
    /// outlives the log's use of it. What was copied before is not copied again. Used by one thread at a time.
    /// </summary>
    /// <returns>The copies' names.</returns>
    /// <exception cref="StorageException">A segment could not be copied; the log is as before.</exception>
    public IReadOnlyList<string> CopyDamaged() =>
        [.. Recovery.Damage.Select(damage => damage.File).Distinct().Select(_files.KeepCopy).OfType<string>()];

    /// <summary>
    /// Waits for appends under way, marks the end of the log, so that damage to its last records can be told from a crash, and
    /// closes the files.
    /// </summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        WalBatch mark = new();
        mark.Add(RecordType.Mark, 0, 0, 0, 0, []);
        try
        {
            Submit(mark);
        }
        catch (StorageException)
        {
            // Everything acknowledged is durable without the mark.
        }

        _writer.Dispose();
        lock (_state.Gate)
            _state.Segments.ForEach(segment => segment.Dispose());
    }

    private static StorageException CopyFor(StorageException error) => error switch
    {
        StorageFullException => new StorageFullException(error.Message, error),
        StorageIoException => new StorageIoException(error.Message, error),
        _ => new StorageFailedException(error.Message, error),
    };

    private void Submit(WalBatch batch)
    {
        AppendRequest request = AppendRequest.OfThisThread(batch);
        _queue.Submit(request);
        if (request.Refusal is { } refusal)
            throw refusal;
        if (request.Error is { } error)
            throw CopyFor(error);
    }

    private GroupLog Require(long group, long first, long last)
    {
        if (_state.Groups.TryGetValue(group, out GroupLog? log) && first >= log.First && last <= log.Last && first <= last)
            return log;
        throw new ArgumentOutOfRangeException(
            nameof(first), $"Group {group} has entries {log?.First ?? 1} to {log?.Last ?? 0}; {first} to {last} were asked for.");
    }
}
