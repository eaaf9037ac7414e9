using RaftKv.Storage.Disk;
using RaftKv.Storage.Pages;

namespace RaftKv.Storage.Trees;

/// <summary>Making the file, and its two metas.</summary>
internal static class StoreFile
{
    /// <summary>Makes an empty store: complete under another name first, so that no crash leaves half of one.</summary>
    public static void Create(IStorageDirectory directory, string name, int pageSizeBytes)
    {
        string temporary = name + ".new";
        if (directory.Exists(temporary))
            directory.Delete(temporary);
        using (IStorageFile file = directory.Create(temporary))
        {
            file.SetLength(PageFile.MetaAreaBytes);
            WriteMeta(file, Empty(pageSizeBytes));
            file.Flush();
        }
        directory.Rename(temporary, name);
        if (!Mutation.Is(Mutant.StoreDirectoryNotFlushed))
            directory.Flush();
    }

    public static void WriteMeta(IStorageFile file, MetaPage meta)
    {
        Span<byte> bytes = stackalloc byte[MetaPage.Bytes];
        meta.Write(bytes);
        file.Write(meta.Sequence % 2 * MetaPage.SlotBytes, bytes);
    }

    /// <summary>The newer valid meta.</summary>
    /// <exception cref="StorageCorruptException">Neither is valid.</exception>
    public static MetaPage ReadMeta(IStorageFile file)
    {
        if (file.Length < PageFile.MetaAreaBytes)
            throw new StorageCorruptException(file.Name, 0, $"the file has {file.Length} bytes, too few for a store");
        MetaPage? newest = null;
        Span<byte> bytes = stackalloc byte[MetaPage.Bytes];
        for (int slot = 0; slot < 2; slot++)
        {
            long offset = (long)slot * MetaPage.SlotBytes;
            file.ReadExactly(offset, bytes);
            MetaPage? meta = MetaPage.TryRead(bytes, file.Name, offset);
            bool isNewer = newest is null || meta?.Sequence > newest.Sequence != Mutation.Is(Mutant.OlderMetaTaken);
            if (meta is not null && meta.Sequence % 2 == slot && isNewer)
                newest = meta;
        }
        return newest ?? throw new StorageCorruptException(file.Name, 0, "neither of the two metas is valid");
    }

    private static MetaPage Empty(int pageSizeBytes) => new()
    {
        PageSizeBytes = pageSizeBytes,
        Sequence = 1,
        Transaction = 0,
        PageCount = (uint)((PageFile.MetaAreaBytes + pageSizeBytes - 1) / pageSizeBytes),
        FreeList = PagePointer.None,
        Trees = new TreeRoot[MetaPage.TreeCount],
        Marks = new long[MetaPage.MarkCount],
    };
}
