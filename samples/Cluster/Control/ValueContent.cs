using System.Net;

namespace RaftKv.Samples.Cluster.Control;

/// <summary>
/// The body of a put, which remembers whether any of it was handed to a connection. While it was not, the server cannot have
/// seen the put, so a failure is certain to have changed nothing.
/// </summary>
internal sealed class ValueContent(byte[] value) : HttpContent
{
    public bool Started { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        Started = true;
        return stream.WriteAsync(value).AsTask();
    }

    protected override bool TryComputeLength(out long length)
    {
        length = value.Length;
        return true;
    }
}
