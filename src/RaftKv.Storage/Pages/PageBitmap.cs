using System.Numerics;

namespace RaftKv.Storage.Pages;

/// <summary>
/// One bit per page number; set means free. The lowest free page is taken first: so what was made and left behind between two checkpoints is
/// filled again, and what a checkpoint writes lies together.
/// </summary>
internal sealed class PageBitmap
{
    private ulong[] _words;
    private uint _lowest;      // no page below is set

    public PageBitmap(uint pageCount)
    {
        _words = new ulong[(pageCount + 63) / 64];
        PageCount = pageCount;
    }

    private PageBitmap(PageBitmap other)
    {
        _words = (ulong[])other._words.Clone();
        PageCount = other.PageCount;
        Count = other.Count;
    }

    /// <summary>Page numbers below this are covered.</summary>
    public uint PageCount { get; private set; }

    /// <summary>How many bits are set.</summary>
    public uint Count { get; private set; }

    public bool this[uint page] => page < PageCount && (_words[page >> 6] & (1UL << (int)(page & 63))) != 0;

    public PageBitmap Copy() => new(this);

    public void Grow(uint pageCount)
    {
        PageCount = Math.Max(PageCount, pageCount);
        if ((PageCount + 63) / 64 > _words.Length)
            Array.Resize(ref _words, Math.Max((int)((PageCount + 63) / 64), _words.Length * 2));
    }

    /// <summary>Drops the pages from <paramref name="pageCount"/> on, which must all be free.</summary>
    public void Truncate(uint pageCount)
    {
        for (uint page = pageCount; page < PageCount; page++)
            Clear(page);
        PageCount = pageCount;
        _lowest = Math.Min(_lowest, pageCount);
    }

    public void Set(uint page)
    {
        Invariant.Check(page < PageCount && !this[page]);
        _words[page >> 6] |= 1UL << (int)(page & 63);
        _lowest = Math.Min(_lowest, page);
        Count++;
    }

    public void Clear(uint page)
    {
        Invariant.Check(this[page]);
        _words[page >> 6] &= ~(1UL << (int)(page & 63));
        Count--;
    }

    /// <summary>Where the run ends that a page begins: the first page behind it that is not as it is, or the page count.</summary>
    public uint EndOfRun(uint page)
    {
        ulong same = this[page] ? ulong.MaxValue : 0;
        uint words = (PageCount + 63) / 64;
        uint word = page >> 6;
        ulong others = (_words[word] ^ same) & (ulong.MaxValue << (int)(page & 63));
        while (others == 0 && ++word < words)
            others = _words[word] ^ same;
        return others == 0 ? PageCount : Math.Min(PageCount, word * 64 + (uint)BitOperations.TrailingZeroCount(others));
    }

    /// <summary>Takes the lowest set page; 0 when none is.</summary>
    public uint TakeOne()
    {
        if (Count == 0)
            return 0;
        uint words = (PageCount + 63) / 64;
        for (uint word = _lowest >> 6; word < words; word++)
        {
            if (_words[word] == 0)
                continue;
            _lowest = word * 64 + (uint)BitOperations.TrailingZeroCount(_words[word]);
            Clear(_lowest);
            return _lowest;
        }
        throw new InvariantViolationException("the bitmap's count and its bits agree");
    }

    /// <summary>
    /// Takes the lowest <paramref name="length"/> set pages that follow each other and end before a page; 0 when there are none.
    /// </summary>
    public uint TakeRun(uint length, uint before)
    {
        if (Count < length)
            return 0;
        uint start = 0;
        uint found = 0;
        for (uint page = 0; page < Math.Min(before, PageCount); page++)
        {
            if ((page & 63) == 0 && _words[page >> 6] == 0)
            {
                page += 63;
                found = 0;
                continue;
            }
            if (!this[page])
            {
                found = 0;
                continue;
            }
            if (found++ == 0)
                start = page;
            if (found < length)
                continue;
            for (uint taken = start; taken <= page; taken++)
                Clear(taken);
            return start;
        }
        return 0;
    }
}
