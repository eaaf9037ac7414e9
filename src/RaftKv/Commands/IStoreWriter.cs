namespace RaftKv.Commands;

/// <summary>What an operation changes. The first change of a command makes a new revision; the others join it.</summary>
internal interface IStoreWriter
{
    void Put(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value);

    /// <summary>Deletes a range and returns the number of keys deleted.</summary>
    long Delete(KeyRange keys);
}
