using RaftKv.Storage.Pages;

namespace RaftKv.Storage.Trees;

/// <summary>A cell's value that is either the bytes or the reference to their run.</summary>
internal static class TreeValue
{
    public static int Length(ReadOnlySpan<byte> value, bool isRun)
        => isRun ? checked((int)RunReference.FromEnd(value).Length) : value.Length;

    public static void Copy(PageFile file, ReadOnlySpan<byte> value, bool isRun, Span<byte> destination)
    {
        if (!isRun)
        {
            value.CopyTo(destination);
            return;
        }
        RunReference run = RunReference.FromEnd(value);
        file.Read(run.Page, run.Checksum, destination[..(int)run.Length]);
    }
}
