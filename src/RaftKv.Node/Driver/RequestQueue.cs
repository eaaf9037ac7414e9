namespace RaftKv.Node.Driver;

/// <summary>
/// Requests that have not ended, in the order of their deadlines. All have the same time, so the order is that of arrival, and
/// both ends cost O(1).
/// </summary>
internal sealed class RequestQueue(int requestTicks)
{
    private RequestInput? _first;
    private RequestInput? _last;

    public int Count { get; private set; }

    public void Add(RequestInput request, long nowTick)
    {
        request.DeadlineTick = nowTick + requestTicks;
        request.Earlier = _last;
        if (_last is null)
            _first = request;
        else
            _last.Later = request;
        _last = request;
        Count++;
    }

    /// <summary>Marks a request as over and takes it out.</summary>
    public void End(RequestInput request)
    {
        Invariant.Check(!request.IsOver);
        request.IsOver = true;
        if (request.Earlier is null)
            _first = request.Later;
        else
            request.Earlier.Later = request.Later;
        if (request.Later is null)
            _last = request.Earlier;
        else
            request.Later.Earlier = request.Earlier;
        (request.Earlier, request.Later) = (null, null);
        Count--;
    }

    /// <summary>The request with the earliest deadline, if that has passed.</summary>
    public RequestInput? Expired(long nowTick) => _first is { } first && first.DeadlineTick <= nowTick ? first : null;

    /// <summary>The request with the earliest deadline.</summary>
    public RequestInput? First => _first;
}
