namespace RaftKv;

/// <summary>What is wrong with a request that was refused before anything was sent.</summary>
public enum RequestError
{
    /// <summary>A key has no bytes.</summary>
    KeyEmpty = 1,

    /// <summary>A key is longer than <see cref="KeyValueStoreOptions.KeyBytesMax"/>.</summary>
    KeyTooLong = 2,

    /// <summary>The request is larger than <see cref="KeyValueStoreOptions.RequestBytesMax"/>.</summary>
    RequestTooLarge = 3,

    /// <summary>A transaction has more operations than <see cref="KeyValueStoreOptions.TransactionOperationsMax"/> allows.</summary>
    TooManyOperations = 4,

    /// <summary>A transaction could write one key twice.</summary>
    DuplicateKey = 5,

    /// <summary>A limit, a page size or a batch size is out of its range.</summary>
    LimitOutOfRange = 6,
}

/// <summary>A request that can never succeed as it is. Nothing was sent and nothing has changed.</summary>
public sealed class InvalidRequestException(RequestError error, string message) : ArgumentException(message)
{
    /// <summary>What is wrong, for programs; the message says it for people.</summary>
    public RequestError Error => error;
}
