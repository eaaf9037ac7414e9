using RaftKv.Storage.Disk;

namespace RaftKv.Storage.Tests.Wal;

/// <summary>A directory whose files' flushes wait for permission while <see cref="Hang"/> is set.</summary>
internal sealed class HangingDirectory(IStorageDirectory inner, ManualResetEventSlim hangs, ManualResetEventSlim goOn) : IStorageDirectory
{
    public bool Hang { get; set; }

    public string Path => inner.Path;

    public IReadOnlyList<string> List() => inner.List();

    public bool Exists(string name) => inner.Exists(name);

    public IStorageFile Create(string name) => new HangingFile(this, inner.Create(name));

    public IStorageFile Open(string name) => new HangingFile(this, inner.Open(name));

    public void Rename(string from, string to) => inner.Rename(from, to);

    public void Delete(string name) => inner.Delete(name);

    public IStorageDirectory OpenDirectory(string name) => inner.OpenDirectory(name);

    public void Flush() => inner.Flush();

    public IDisposable Lock() => inner.Lock();

    public void Dispose() => inner.Dispose();

    private void WaitForPermission()
    {
        if (!Hang)
            return;
        hangs.Set();
        goOn.Wait();
    }

    private sealed class HangingFile(HangingDirectory owner, IStorageFile file) : IStorageFile
    {
        public string Name => file.Name;

        public long Length => file.Length;

        public void ReadExactly(long offset, Span<byte> destination) => file.ReadExactly(offset, destination);

        public void Write(long offset, ReadOnlySpan<byte> source) => file.Write(offset, source);

        public void SetLength(long length) => file.SetLength(length);

        public void Flush()
        {
            owner.WaitForPermission();
            file.Flush();
        }

        public void Dispose() => file.Dispose();
    }
}
