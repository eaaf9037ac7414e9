using System.Diagnostics;
using RaftKv.Storage.Disk;

namespace RaftKv.Load;

/// <summary>
/// What the disk alone takes: as many files as there are members, each written and flushed at the same time as the others. No write
/// can be acknowledged sooner.
/// </summary>
internal sealed class Disk : IMeasurement
{
    private const int Files = 3;
    private const int Rounds = 2000;
    private const int FileBytes = 16 * 1024 * 1024;

    public string Name => "disk";

    public Task<IReadOnlyList<Figure>> RunAsync(LoadOptions options, string directory)
    {
        List<double> millis = [];
        Thread[] writers = [.. Enumerable.Range(0, Files).Select(file => new Thread(() => Write(file)))];
        foreach (Thread writer in writers)
            writer.Start();
        foreach (Thread writer in writers)
            writer.Join();
        millis.Sort();
        string what = $"the disk alone: {options.Size} bytes written and flushed in {Files} files at once";
        return Task.FromResult<IReadOnlyList<Figure>>(
        [
            new Figure($"{what}: p50", Figure.Text(millis[millis.Count / 2], "ms")),
            new Figure($"{what}: p99", Figure.Text(millis[millis.Count * 99 / 100], "ms")),
        ]);

        void Write(int number)
        {
            using IStorageDirectory place = OsDirectory.Open(Path.Combine(directory, $"file{number}"));
            using IStorageFile file = place.Create("data");
            file.Write(0, new byte[FileBytes]);
            file.Flush();
            byte[] payload = new byte[options.Size];
            List<double> own = [];
            for (int round = 0; round < Rounds; round++)
            {
                long start = Stopwatch.GetTimestamp();
                file.Write((long)round * payload.Length, payload);
                file.Flush();
                own.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
            lock (millis)
                millis.AddRange(own);
        }
    }
}
