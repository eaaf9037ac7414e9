using RaftKv.Storage.Disk;
using RaftKv.Storage.Wal;

namespace RaftKv.Storage.Tests.Wal;

/// <summary>The log over the operating system's files, as far as that can be seen without cutting the power.</summary>
public sealed class WalOnDiskTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), "raftkv-" + Path.GetRandomFileName());

    [Fact]
    public void A_log_on_a_real_disk_is_reopened_with_all_it_held_and_gives_released_segments_back()
    {
        WalOptions options = new() { SegmentBytes = WalWorld.SegmentBytes };
        byte[] payload = new byte[1000];
        using IStorageDirectory directory = OsDirectory.Open(_path);
        using (WriteAheadLog log = WriteAheadLog.Open(directory, options))
        {
            for (int i = 1; i <= 500; i++)
            {
                log.Append(WalWorld.With(batch => batch.AddEntry(1, i, i, 0, payload)));
                log.Release(1, i - 20);
            }
        }

        Assert.InRange(directory.List().Count, 1, 5);
        using WriteAheadLog again = WriteAheadLog.Open(directory, options);
        Assert.Equal((481, 500), (again.FirstIndex(1), again.LastIndex(1)));
        Assert.All(WalWorld.ReadAll(again, 1), entry => Assert.Equal((entry.Index, 1000), (entry.Tag, entry.Payload.Length)));
    }

    [Fact]
    public void A_log_left_open_by_a_process_that_died_is_opened_by_the_next()
    {
        using IStorageDirectory directory = OsDirectory.Open(_path);
        WalOptions options = new() { SegmentBytes = WalWorld.SegmentBytes };
        WriteAheadLog abandoned = WriteAheadLog.Open(directory, options);
        abandoned.Append(WalWorld.Entry(1, 1, 1, "acknowledged"));
        using WriteAheadLog log = WriteAheadLog.Open(directory, options);
        Assert.Equal("1 [] 1/1:acknowledged\n", WalWorld.Text(log));
        Assert.Null(log.Recovery.TornTail);
    }

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
