using RaftKv.Raft;
using RaftKv.Storage.Pages;
using RaftKv.Storage.Trees;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Pages;

/// <summary>Decoders of pages, metas and free lists meet arbitrary bytes: they refuse, or what they accept is safe to read.</summary>
public unsafe class PageDecoderTests
{
    private const int PageBytes = 1024;

    [Fact]
    public void A_page_that_passes_validation_is_searched_and_read_inside_its_bounds()
    {
        var random = new SplittableRandom(1);
        byte[] whole = Leaf();
        using var file = new PageFile(new SimulatedDisk(random.Fork("disk")).Root.Create("f"), PageBytes);
        file.Write(8, new byte[PageBytes]);
        int accepted = 0;
        for (int round = 0; round < 200_000; round++)
        {
            byte[] bytes = (byte[])whole.Clone();
            for (int flips = 1 + random.Next(4); flips > 0; flips--)
                bytes[random.Next(random.Chance(0.7) ? 128 : PageBytes)] = (byte)random.Next(256);
            fixed (byte* at = bytes)
            {
                var page = new NodePage(at);
                if (page.Validate(5, PageBytes) is not null)
                    continue;
                accepted++;
                ReadAll(page, file);
            }
        }
        Assert.True(accepted > 1000, $"only {accepted} pages were accepted");
    }

    [Fact]
    public void A_meta_with_any_byte_changed_is_not_taken()
    {
        var meta = new MetaPage
        {
            PageSizeBytes = PageBytes, Sequence = 4, Transaction = 9, PageCount = 100, FreeList = new PagePointer(7, 8),
            Trees = new TreeRoot[MetaPage.TreeCount], Marks = new long[MetaPage.MarkCount],
        };
        var bytes = new byte[MetaPage.Bytes];
        meta.Write(bytes);
        Assert.Equal(100u, MetaPage.TryRead(bytes, "f", 0)!.PageCount);
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= 0x10;
            Assert.Null(MetaPage.TryRead(bytes, "f", 0));
            bytes[i] ^= 0x10;
        }
    }

    [Fact]
    public void A_meta_of_a_later_format_is_refused_by_name()
    {
        var bytes = new byte[MetaPage.Bytes];
        new MetaPage
        {
            PageSizeBytes = PageBytes, Sequence = 1, Transaction = 0, PageCount = 8, FreeList = PagePointer.None,
            Trees = new TreeRoot[MetaPage.TreeCount], Marks = new long[MetaPage.MarkCount],
        }.Write(bytes);
        bytes[8] = 3;
        BitConverter.TryWriteBytes(bytes.AsSpan(MetaPage.Bytes - 4), PageChecksum.Of(bytes.AsSpan(0, MetaPage.Bytes - 4)));
        Assert.Contains("version 3", Assert.Throws<StorageCorruptException>(() => MetaPage.TryRead(bytes, "f", 0)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_free_list_comes_back_as_it_was_and_arbitrary_bytes_are_refused_or_fit()
    {
        var random = new SplittableRandom(2);
        for (int round = 0; round < 2000; round++)
        {
            var free = new PageBitmap((uint)(1 + random.Next(500)));
            for (uint page = 0; page < free.PageCount; page++)
            {
                if (random.Chance(round % 10 / 10.0))
                    free.Set(page);
            }
            byte[] bytes = FreeListCodec.Encode(free);
            PageBitmap decoded = FreeListCodec.TryDecode(bytes, free.PageCount)!;
            Assert.Equal(free.Count, decoded.Count);
            for (uint page = 0; page < free.PageCount; page++)
                Assert.Equal(free[page], decoded[page]);
            random.NextBytes(bytes);
            PageBitmap? noise = FreeListCodec.TryDecode(bytes, free.PageCount);
            Assert.True(noise is null || noise.PageCount == free.PageCount);
        }
    }

    private static byte[] Leaf()
    {
        var bytes = new byte[PageBytes];
        using var builder = new NodeBuilder(PageBytes, 1);
        byte* data = stackalloc byte[128];
        byte* run = stackalloc byte[RunReference.Bytes];
        new RunReference(8, PageChecksum.Of(new byte[30]), 30).Write(new Span<byte>(run, RunReference.Bytes));
        var entries = new NodeEntry[12];
        for (int i = 0; i < entries.Length; i++)
        {
            // Six bytes at least, as of a long key.
            byte* key = data + i * 8;
            key[0] = 9;
            key[1] = (byte)i;
            entries[i] = NodeEntry.FromBytes(key, 8, i % 3 == 0 ? run : null, data, 20, 20);
        }
        fixed (byte* at = bytes)
            builder.Build(new NodePage(at), entries, 5, 0, 1);
        return bytes;
    }

    private static void ReadAll(NodePage page, PageFile file)
    {
        for (int i = 0; i < page.Count; i++)
        {
            if (page.IsLeaf)
                Assert.True(page.Value(i).Length <= PageBytes);
            try
            {
                page.LowerBound(page.Key(i, file), file, out _);
            }
            catch (StorageCorruptException)
            {
                Assert.Contains(Enumerable.Range(0, page.Count), page.IsLong);
            }
        }
        page.LowerBound([9, 3], file, out _);
    }
}
