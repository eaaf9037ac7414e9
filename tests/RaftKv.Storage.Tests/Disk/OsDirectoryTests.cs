using RaftKv.Storage.Disk;

namespace RaftKv.Storage.Tests.Disk;

/// <summary>The real disk, as far as it can be seen without cutting the power.</summary>
public sealed class OsDirectoryTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), "raftkv-" + Path.GetRandomFileName());

    [Fact]
    public void What_is_written_and_flushed_is_read_back_by_a_second_handle()
    {
        using IStorageDirectory directory = OsDirectory.Open(_path);
        using (IStorageFile file = directory.Create("data"))
        {
            file.SetLength(10_000);
            file.Write(9_000, "hello"u8);
            file.Flush();
        }

        directory.Flush();
        using IStorageFile again = directory.Open("data");
        byte[] read = new byte[7];
        again.ReadExactly(8_999, read);
        Assert.Equal("\0hello\0"u8.ToArray(), read);
        Assert.Equal(10_000, again.Length);
    }

    [Fact]
    public void What_was_sent_on_its_way_in_pieces_and_flushed_once_is_read_back()
    {
        using IStorageDirectory directory = OsDirectory.Open(_path);
        const int pieceBytes = 10_000;
        using (IStorageFile file = directory.Create("data"))
        {
            file.BeginWriteBack(0, 0);
            for (int piece = 0; piece < 5; piece++)
            {
                file.Write(piece * pieceBytes, new byte[pieceBytes].Select(_ => (byte)(piece + 1)).ToArray());
                file.BeginWriteBack(piece * pieceBytes, pieceBytes);
            }
            file.BeginWriteBack(0, 0);
            file.Flush();
        }

        using IStorageFile again = directory.Open("data");
        byte[] read = new byte[5 * pieceBytes];
        again.ReadExactly(0, read);
        Assert.Equal([.. Enumerable.Range(0, read.Length).Select(at => (byte)(at / pieceBytes + 1))], read);
    }

    [Fact]
    public void Behind_the_end_of_what_was_written_are_zeros()
    {
        using IStorageDirectory directory = OsDirectory.Open(_path);
        using IStorageFile file = directory.Create("data");
        Assert.Equal(0, file.WrittenEnd);
        file.SetLength(1 << 20);
        foreach (int offset in new[] { 10_000, 700_000, 40_000, (1 << 20) - 1 })
        {
            file.Write(offset, "x"u8);
            file.Flush();
            Assert.InRange(file.WrittenEnd, offset + 1, 1 << 20);
            byte[] behind = new byte[(1 << 20) - file.WrittenEnd];
            behind.AsSpan().Fill(1);
            file.ReadExactly(file.WrittenEnd, behind);
            Assert.Equal(-1, behind.AsSpan().IndexOfAnyExcept((byte)0));
        }

        file.SetLength(500_000);
        Assert.InRange(file.WrittenEnd, 40_001, 500_000);
    }

    [Fact]
    public void A_write_past_the_end_extends_the_file_and_a_read_past_it_is_damage_at_the_end()
    {
        using IStorageDirectory directory = OsDirectory.Open(_path);
        using IStorageFile file = directory.Create("data");
        file.Write(100, new byte[28]);
        Assert.Equal(128, file.Length);
        StorageCorruptException error = Assert.Throws<StorageCorruptException>(() => file.ReadExactly(120, new byte[9]));
        Assert.Equal(("data", 128), (error.File, error.Offset));
    }

    [Fact]
    public void A_shrunk_and_regrown_file_reads_as_zero()
    {
        using IStorageDirectory directory = OsDirectory.Open(_path);
        using IStorageFile file = directory.Create("data");
        file.Write(0, [1, 2, 3, 4]);
        file.SetLength(2);
        file.SetLength(4);
        byte[] read = new byte[4];
        file.ReadExactly(0, read);
        Assert.Equal([1, 2, 0, 0], read);
    }

    [Fact]
    public void Names_are_listed_in_ordinal_order_and_follow_renames_and_deletions()
    {
        using IStorageDirectory directory = OsDirectory.Open(_path);
        foreach (string name in new[] { "b", "B", "a", "c" })
            directory.Create(name).Dispose();
        directory.OpenDirectory("sub").Dispose();
        directory.Rename("a", "b");
        directory.Delete("c");
        Assert.Equal(["B", "b"], directory.List());
        Assert.False(directory.Exists("a"));
        Assert.True(directory.Exists("b"));
    }

    [Fact]
    public void Creating_what_exists_and_opening_what_does_not_are_refused()
    {
        using IStorageDirectory directory = OsDirectory.Open(_path);
        directory.Create("here").Dispose();
        Assert.Throws<StorageIoException>(() => directory.Create("here"));
        Assert.Throws<StorageIoException>(() => directory.Open("gone"));
        Assert.Throws<ArgumentException>(() => directory.Create("../outside"));
    }

    [Fact]
    public void A_directory_is_locked_by_one_holder_at_a_time()
    {
        using IStorageDirectory directory = OsDirectory.Open(_path);
        using IStorageDirectory other = OsDirectory.Open(_path);
        using (directory.Lock())
            Assert.Throws<StorageLockedException>(other.Lock);
        using (other.Lock())
            Assert.Throws<StorageLockedException>(directory.Lock);
    }

    [Fact]
    public void A_path_that_names_a_file_is_refused()
    {
        using IStorageDirectory directory = OsDirectory.Open(_path);
        directory.Create("file").Dispose();
        Assert.Throws<StorageIoException>(() => OsDirectory.Open(Path.Combine(_path, "file")));
    }

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
